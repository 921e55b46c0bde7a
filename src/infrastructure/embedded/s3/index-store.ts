import { type BatchOperation, ClassicLevel, type Iterator } from 'classic-level';
import { PenstockError } from '../../../domain/errors.js';
import { afterAll } from './index-keys.js';

export type IndexChange = { readonly put: string; readonly value: object } | { readonly del: string };

export interface IndexEntry {
  readonly key: string;
  /** JSON. */
  readonly value: string;
}

type Database = ClassicLevel<Buffer>;

const BATCH = 256;
/** LevelDB's own write buffer: larger, and it sorts less often. */
const WRITE_BUFFER_BYTES = 16 * 1024 ** 2;

/** An ordered store of small JSON records, on disk before a change is answered; one process holds it at a time. */
export class IndexStore {
  private constructor(private readonly level: Database) {}

  /** @throws PenstockError `engine.unavailable` when another process holds the folder, or it is damaged */
  static async open(path: string): Promise<IndexStore> {
    const level: Database = new ClassicLevel(path, {
      keyEncoding: 'buffer',
      valueEncoding: 'utf8',
      writeBufferSize: WRITE_BUFFER_BYTES,
    });
    try {
      await level.open();
    } catch (cause) {
      const held = cause instanceof Error && codeOf(cause.cause) === 'LEVEL_LOCKED';
      const reason = held ? 'Another process uses this S3 data folder' : 'The index of the S3 data cannot be opened';
      throw new PenstockError('engine.unavailable', `${reason}: ${path}`, { cause });
    }
    return new IndexStore(level);
  }

  /** At once: what is asked for is in memory mostly, and a thread that fetches it would take longer to wake. */
  get(key: string): unknown {
    const text = this.level.getSync(Buffer.from(key));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** All of them or none, and on disk. */
  async change(changes: readonly IndexChange[]): Promise<void> {
    const operations = changes.map((change): BatchOperation<Database, Buffer, string> =>
      'put' in change
        ? { type: 'put', key: Buffer.from(change.put), value: JSON.stringify(change.value) }
        : { type: 'del', key: Buffer.from(change.del) },
    );
    await this.level.batch(operations, { sync: true });
  }

  /** Whether any key starts with `prefix`. */
  async hasAny(prefix: string): Promise<boolean> {
    const [first] = await this.level.keys({ gte: Buffer.from(prefix), lt: afterAll(prefix), limit: 1 }).all();
    return first !== undefined;
  }

  /** The records whose keys start with `prefix`, in order. */
  async *values<T extends object>(prefix: string): AsyncGenerator<T> {
    const range = { gte: Buffer.from(prefix), lt: afterAll(prefix) };
    for await (const text of this.level.values(range)) yield JSON.parse(text) as T; // what such keys hold
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    const range = { gte: Buffer.from(prefix), lt: afterAll(prefix) };
    for await (const key of this.level.keys(range)) yield key.toString();
  }

  /** Opens a reading of the range that can leap forward. */
  scan(from: Buffer, to: Buffer): IndexScan {
    return new IndexScan(this.level.iterator({ gte: from, lt: to }));
  }

  close(): Promise<void> {
    return this.level.close();
  }
}

/** Reads entries of a moment in order, in runs; to be closed. */
export class IndexScan {
  constructor(private readonly iterator: Iterator<Database, Buffer, string>) {}

  /** The next entries; none at the end. */
  async next(): Promise<IndexEntry[]> {
    const entries = await this.iterator.nextv(BATCH);
    return entries.map(([key, value]) => ({ key: key.toString(), value }));
  }

  /** Goes on at the first key that is not below `target`. */
  leap(target: Buffer): void {
    this.iterator.seek(target);
  }

  close(): Promise<void> {
    return this.iterator.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
