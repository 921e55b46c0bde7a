import { type ClientBase, escapeIdentifier } from 'pg';
import type { ImportRequest, ImportSession, RefusedRow, RowBatch } from '../../domain/ports/warehouse-imports.port.js';
import { type BadRow, cutValue } from '../../domain/sales-reporting/bad-row.js';
import { RecordScanner } from '../../domain/sales-reporting/csv/record-scanner.js';
import { copyChunk } from './copy-chunk.js';
import type { LiveTable } from './import-table.js';
import { KeyReader } from './key-reader.js';
import type { RejectSpool } from './reject-spool.js';

/** With more of them the file is loaded row by row instead, which needs no memory for each. */
const MAX_KEYS = 50_000;

export interface DuplicateParts {
  readonly client: ClientBase;
  readonly table: LiveTable;
  readonly request: ImportRequest;
  readonly spool: RejectSpool;
  /** Where the rows are, quoted, and how COPY gets into it. */
  readonly staged: string;
  readonly copy: string;
  /** What the database refused of each batch when it was stored, by places in the order of the file: batches may be arranged otherwise now. */
  readonly refused: ReadonlyMap<number, readonly RefusedRow[]>;
}

interface UniqueKey {
  readonly reader: KeyReader;
  /** Keys that are there more than once; true once their first row was seen. */
  readonly seen: Map<string, boolean>;
}

/**
 * The second way through a file whose rows are staged already, some keys more than once: finds the lines of these keys. The
 * first row of each stays, the others are refused; nothing else is stored again.
 */
export class DuplicateSession implements ImportSession {
  private readonly scanner: RecordScanner;
  private readonly kept: Uint8Array[] = [];
  private batches = 0;

  private constructor(
    private readonly parts: DuplicateParts,
    private readonly keys: readonly UniqueKey[],
  ) {
    this.scanner = new RecordScanner(parts.request.delimiter.codePointAt(0) ?? 0);
  }

  /** @returns undefined where a key cannot be read here, or too many are there more than once */
  static async open(parts: DuplicateParts): Promise<DuplicateSession | undefined> {
    const keys: UniqueKey[] = [];
    for (const key of parts.table.uniqueKeys) {
      const reader = KeyReader.of(parts.table, parts.request.columns, key);
      const found = reader && (await doubledKeys(parts, key));
      if (reader === undefined || found === undefined) return undefined;
      keys.push({ reader, seen: new Map(found.map((text) => [text, false])) });
    }
    return new DuplicateSession(parts, keys);
  }

  write({ bytes: array, length, originOf = (row) => row }: RowBatch): Promise<readonly RefusedRow[]> {
    const { scanner } = this;
    const bytes = Buffer.from(array.buffer, array.byteOffset, length);
    const before = new Map((this.parts.refused.get(this.batches) ?? []).map((fault) => [fault.row, fault]));
    const refused: RefusedRow[] = [];
    scanner.feed(bytes, 0, length, true);
    for (let row = 0; scanner.next(); row += 1) {
      const fault = before.get(originOf(row)) ?? this.judge(bytes, row);
      if (fault !== undefined) refused.push({ ...fault, row });
    }
    this.batches += 1;
    return Promise.resolve(refused);
  }

  reject(rows: readonly BadRow[]): Promise<void> {
    return this.parts.spool.add(rows);
  }

  /** It was made the first time. */
  createPartition(): Promise<string> {
    return Promise.resolve('');
  }

  /** Takes all rows of the doubled keys out of the stage, and puts the first of each back. */
  async apply(): Promise<void> {
    const { client, staged, copy } = this.parts;
    for (const { reader, seen } of this.keys) {
      if (seen.size === 0) continue;
      const columns = reader.columns.map((name) => escapeIdentifier(name));
      const texts = columns.map((column) => `${column}::text`).join(', ');
      const doubled = columns.map((_, place) => `split_part(k, E'\\x01', ${place + 1})`).join(', ');
      const keys = Array.from(seen.keys(), (key) => key.replaceAll('\0', '\u0001'));
      await client.query(`DELETE FROM ${staged} WHERE (${texts}) IN (SELECT ${doubled} FROM unnest($1::text[]) k)`, [
        keys,
      ]);
    }
    await copyChunk(client, copy, ...this.kept);
  }

  private judge(bytes: Uint8Array, row: number): RefusedRow | undefined {
    const { scanner } = this;
    const found = this.keys.map(({ reader, seen }) => {
      const key = reader.read(scanner, bytes);
      return key !== undefined && seen.has(key) ? { key, reader, seen } : undefined;
    });
    const doubled = found.filter((each) => each !== undefined);
    const taken = doubled.find(({ key, seen }) => seen.get(key) === true);
    if (taken !== undefined) return refusal(row, taken.reader.columns, taken.key);
    for (const { key, seen } of doubled) seen.set(key, true);
    if (doubled.length > 0) this.kept.push(Uint8Array.from(bytes.subarray(scanner.start, scanner.after)));
    return undefined;
  }
}

function refusal(row: number, columns: readonly string[], key: string): RefusedRow {
  const column = columns.join(', ');
  const value = cutValue(key.split('\0').slice(0, -1).join(', '));
  return { row, rule: 'unique', column, value, message: `The key (${column}) is there already.` };
}

async function doubledKeys({ client, staged }: DuplicateParts, key: readonly string[]): Promise<string[] | undefined> {
  const columns = key.map((name) => escapeIdentifier(name));
  const texts = columns.map((column, place) => `${column}::text AS k${place}`);
  const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const { rows } = await client.query<Record<string, string>>(
    `SELECT ${texts.join(', ')} FROM ${staged} WHERE ${present}
     GROUP BY ${columns.join(', ')} HAVING count(*) > 1 LIMIT ${MAX_KEYS + 1}`,
  );
  if (rows.length > MAX_KEYS) return undefined;
  return rows.map((row) => KeyReader.join(columns.map((_, place) => row[`k${place}`] ?? '')));
}
