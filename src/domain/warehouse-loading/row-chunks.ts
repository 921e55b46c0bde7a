import { Buffer } from 'node:buffer';
import { type Fault, PenstockError } from '../errors.js';
import type { DwhTable } from './dwh-tables.js';
import { MAX_ROW_FAULTS, RowReader, type TextRow } from './row-reader.js';
import { tabSeparated } from './tab-separated.js';

/** Rows that are written at once. */
export interface RowChunk {
  /** Of its first row, among all of the load. */
  readonly first: number;
  readonly rows: readonly TextRow[];
  /** The same rows as lines, see tab-separated.ts. */
  readonly lines: readonly string[];
  /** Of the lines, with what is added to each. */
  readonly bytes: number;
  /** Rows that are known to come behind it; there may be more. */
  readonly following: number;
}

export interface ChunkLimits {
  readonly maxRowsPerInsert: number;
  readonly maxWriteBatchBytes: number;
}

/** Where a row stood in what the caller sent, by its index among the rows: `data.3`, `line.4`. */
export type RowPlace = (index: number) => string;

export const DATA_PLACE: RowPlace = (index) => `data.${index}`;

/** How far rows are looked at behind the first that does not fit, to tell more faults at once. */
const LOOK_AHEAD_ROWS = 10_000;
/** The id, a tab and a line feed, added to every line. */
const BYTES_BESIDE_LINE = 22;

/**
 * Cuts rows into chunks of at most so many rows and bytes, reading each by the columns of its table. Holds one chunk.
 *
 * @throws PenstockError `rows.rejected` once a row does not fit, with a fault per value; `rows` is read some way further
 *   for that, and no chunk comes any more
 */
export async function* rowChunks(
  table: DwhTable,
  rows: AsyncIterable<unknown>,
  limits: ChunkLimits,
  place: RowPlace = DATA_PLACE,
): AsyncGenerator<RowChunk, void, undefined> {
  const cutter = new Cutter(table, limits, place);
  for await (const batch of batchesOf(rows)) {
    for (let at = 0; at < batch.length; at += 1) {
      const full = cutter.add(batch[at]);
      if (full !== undefined) yield { ...full, following: batch.length - at };
    }
  }
  const last = cutter.end();
  if (last !== undefined) yield { ...last, following: 0 };
}

/** Rows that can be had by many at once. */
export interface BatchedRows {
  batches(): AsyncIterable<readonly unknown[]>;
}

function batchesOf(rows: AsyncIterable<unknown> | BatchedRows): AsyncIterable<readonly unknown[]> {
  return 'batches' in rows ? rows.batches() : singly(rows);
}

async function* singly(rows: AsyncIterable<unknown>): AsyncGenerator<readonly unknown[], void, undefined> {
  for await (const row of rows) yield [row];
}

type FullChunk = Omit<RowChunk, 'following'>;

class Cutter {
  private readonly reader: RowReader;
  private readonly faults: Fault[] = [];
  private firstFaultAt = 0;
  private index = 0;
  private first = 0;
  private rows: TextRow[] = [];
  private lines: string[] = [];
  private bytes = 0;

  constructor(
    table: DwhTable,
    private readonly limits: ChunkLimits,
    private readonly place: RowPlace,
  ) {
    this.reader = new RowReader(table);
  }

  /** @returns the chunk before the row, when there is no more room in it */
  add(row: unknown): FullChunk | undefined {
    const read = this.reader.read(row);
    if ('faults' in read) return this.blame(read.faults);
    const line = tabSeparated(read);
    const bytes = Buffer.byteLength(line) + BYTES_BESIDE_LINE;
    const { maxRowsPerInsert, maxWriteBatchBytes } = this.limits;
    if (bytes > maxWriteBatchBytes) {
      return this.blame([{ path: '', message: `is larger than ${maxWriteBatchBytes} bytes, the most of one write` }]);
    }
    const isFull = this.rows.length >= maxRowsPerInsert || this.bytes + bytes > maxWriteBatchBytes;
    const full = isFull ? this.take() : undefined;
    this.rows.push(read);
    this.lines.push(line);
    this.bytes += bytes;
    this.index += 1;
    return this.faults.length > 0 ? this.lookAhead() : full;
  }

  end(): FullChunk | undefined {
    if (this.faults.length > 0) throw this.rejection();
    return this.take();
  }

  private take(): FullChunk | undefined {
    const { first, rows, lines, bytes } = this;
    this.first = this.index;
    this.rows = [];
    this.lines = [];
    this.bytes = 0;
    return rows.length === 0 ? undefined : { first, rows, lines, bytes };
  }

  private blame(faults: readonly Fault[]): undefined {
    if (this.faults.length === 0) this.firstFaultAt = this.index;
    const place = this.place(this.index);
    this.faults.push(...faults.map(({ path, message }) => ({ path: path ? `${place}.${path}` : place, message })));
    this.index += 1;
    return this.lookAhead();
  }

  /** Nothing is written any more: rows are only looked at, and not kept. */
  private lookAhead(): undefined {
    this.take();
    if (this.faults.length >= MAX_ROW_FAULTS || this.index - this.firstFaultAt >= LOOK_AHEAD_ROWS)
      throw this.rejection();
    return undefined;
  }

  private rejection(): PenstockError {
    return new PenstockError('rows.rejected', 'Rows do not fit the table; nothing was written.', {
      faults: this.faults.slice(0, MAX_ROW_FAULTS),
    });
  }
}
