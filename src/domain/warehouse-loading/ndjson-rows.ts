import { Buffer, isUtf8 } from 'node:buffer';
import { PenstockError } from '../errors.js';
import type { BatchedRows, RowPlace } from './row-chunks.js';

/** Empty lines that are passed over; a body of nothing else would keep a processor busy for ever. */
const MAX_EMPTY_LINES = 10_000;

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

/** The values of NDJSON, a line each: memory is that of a chunk of bytes and a line. Read once. */
export class NdjsonRows implements AsyncIterable<unknown>, BatchedRows {
  /** Of each empty line, the index of the row that comes after it. */
  private readonly emptyBefore: number[] = [];
  private index = 0;

  constructor(
    private readonly bytes: AsyncIterable<Uint8Array>,
    private readonly maxLineBytes: number,
  ) {}

  /** Lines are counted from 1, as editors do. */
  readonly place: RowPlace = (index) => {
    const empty = this.emptyBefore.filter((next) => next <= index).length;
    return `line.${index + empty + 1}`;
  };

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for await (const batch of this.batches()) yield* batch;
  }

  /**
   * The same, as many at once as a chunk of bytes has: waiting for each one by itself costs as much as reading it.
   *
   * @throws PenstockError `rows.rejected` for a line that is no JSON, no UTF-8 or too long, once all before it were given
   */
  async *batches(): AsyncGenerator<readonly unknown[], void, undefined> {
    let rest: Buffer[] = [];
    let restBytes = 0;
    for await (const piece of this.bytes) {
      const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      const end = chunk.lastIndexOf(LINE_FEED);
      if (end >= 0) {
        yield* this.values(Buffer.concat([...rest, chunk.subarray(0, end)]));
        rest = [];
        restBytes = 0;
      }
      rest.push(Buffer.from(chunk.subarray(end + 1)));
      restBytes += chunk.length - end - 1;
      if (restBytes > this.maxLineBytes) throw this.rejected(`is longer than ${this.maxLineBytes} bytes`);
    }
    if (restBytes > 0) yield* this.values(Buffer.concat(rest));
  }

  /** Of whole lines. */
  private *values(lines: Buffer): Generator<readonly unknown[], void, undefined> {
    const areUtf8 = isUtf8(lines);
    const values: unknown[] = [];
    try {
      for (const line of lines.toString('utf8').split('\n')) this.read(line, areUtf8, values);
    } catch (fault) {
      yield values;
      throw fault;
    }
    yield values;
  }

  private read(line: string, areUtf8: boolean, into: unknown[]): void {
    const text = this.index === 0 && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
    if (text.trim() === '') return this.passEmpty();
    if (!areUtf8 && text.includes('\uFFFD')) throw this.rejected('is not UTF-8');
    into.push(this.parsed(text));
    this.index += 1;
  }

  private parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.rejected('is not JSON');
    }
  }

  private passEmpty(): void {
    if (this.emptyBefore.length >= MAX_EMPTY_LINES) throw this.rejected(`is the empty line beyond ${MAX_EMPTY_LINES}`);
    this.emptyBefore.push(this.index);
  }

  private rejected(message: string): PenstockError {
    return new PenstockError('rows.rejected', 'A line cannot be read; nothing was written.', {
      faults: [{ path: this.place(this.index), message }],
    });
  }
}
