import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PenstockError } from '../../../domain/errors.js';

/** Bytes that say what a file is. */
const MAGIC_BYTES = 4;
const BOM = [0xef, 0xbb, 0xbf];
const NEVER = new AbortController().signal;

/** The content of a file as it comes, unpacked where it is packed, with its hash and its length so far. */
export class ByteFeed {
  /** Bytes of the content, unpacked. */
  bytes = 0;
  /** Bytes taken from the source, as they are there. */
  taken = 0;
  private readonly hash = createHash('sha256');
  private readonly chunks: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array = new Uint8Array(0);
  private isEnded = false;
  private readonly cancelled: Promise<never>;

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly signal: AbortSignal = NEVER,
  ) {
    this.chunks = unpacked(this.counted(source))[Symbol.asyncIterator]();
    this.cancelled = new Promise((_, reject) => {
      const cancel = (): void =>
        reject(new PenstockError('import.cancelled', 'The import was cancelled; nothing of it stayed.'));
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    });
    this.cancelled.catch(() => undefined); // heard by whoever waits for bytes
  }

  /** Looks at the first bytes: a BOM is taken off. @throws PenstockError `csv.invalid` for UTF-16 and UTF-32 */
  async begin(): Promise<void> {
    const first = await this.peek(MAGIC_BYTES);
    const pair = ((first[0] ?? 0) << 8) | (first[1] ?? 0);
    if (pair === 0xfffe || pair === 0xfeff || (first.length >= 2 && first.subarray(0, 2).includes(0))) {
      throw new PenstockError('csv.invalid', 'The file is not UTF-8 but UTF-16 or UTF-32: convert it first.');
    }
    if (BOM.every((byte, index) => first[index] === byte)) this.chunk = this.chunk.subarray(BOM.length);
  }

  /** Fills `into` from `at` on, with at most `limit` bytes. @returns how many; fewer only at the end of the file */
  async read(into: Uint8Array, at: number, limit: number): Promise<number> {
    let filled = 0;
    while (filled < limit && (this.chunk.length > 0 || (await this.more()))) {
      const part = this.chunk.subarray(0, limit - filled);
      into.set(part, at + filled);
      filled += part.length;
      this.chunk = this.chunk.subarray(part.length);
    }
    return filled;
  }

  /** Of all content; to be asked once, at the end. */
  sha256(): string {
    return this.hash.digest('hex');
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    const closed = this.chunks.return?.().catch(() => undefined); // a source that fails to close was read all the same
    // A source that was waited for in vain, as a terminal is, closes when it likes.
    if (!this.signal.aborted) await closed;
  }

  private async peek(count: number): Promise<Uint8Array> {
    while (this.chunk.length < count) {
      const before = Uint8Array.from(this.chunk);
      if (!(await this.more())) break;
      this.chunk = joined(before, this.chunk);
    }
    return this.chunk;
  }

  private async more(): Promise<boolean> {
    if (this.isEnded) return false;
    const next = await Promise.race([this.chunks.next(), this.cancelled]);
    this.isEnded = next.done === true;
    if (next.done === true) return false;
    this.chunk = next.value;
    this.bytes += next.value.length;
    this.hash.update(next.value);
    return true;
  }

  private async *counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.taken += chunk.length;
      yield chunk;
    }
  }
}

async function* unpacked(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await firstBytes(source);
  const whole = rejoined(first, source);
  if (first[0] !== 0x1f || first[1] !== 0x8b) return yield* whole;
  const gunzip = createGunzip();
  const packed = Readable.from(copied(whole), { objectMode: false });
  packed.on('error', (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (cause instanceof PenstockError || !isZlibError(cause)) throw cause;
    throw new PenstockError('csv.invalid', 'The file is packed by gzip, and damaged or cut off.', { cause });
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

/** For a reader that reads ahead. */
async function* copied(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Uint8Array.from(chunk);
}

async function firstBytes(source: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (bytes.length < MAGIC_BYTES) {
    const next = await source.next();
    if (next.done === true) break;
    bytes = joined(bytes, next.value);
  }
  return bytes;
}

async function* rejoined(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function isZlibError(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
}
