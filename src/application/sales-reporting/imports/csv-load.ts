import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImportSession, RefusedRow } from '../../../domain/ports/warehouse-imports.port.js';
import type { BadRow } from '../../../domain/sales-reporting/bad-row.js';
import { FileScan, type Scanned } from '../../../domain/sales-reporting/csv/file-scan.js';
import type { CsvHeader } from '../../../domain/sales-reporting/csv/header.js';
import { RecordScanner } from '../../../domain/sales-reporting/csv/record-scanner.js';
import { RowSegment, SEGMENT_BYTES } from '../../../domain/sales-reporting/csv/row-segment.js';
import type { RowChecker } from '../../../domain/sales-reporting/row-checker.js';
import type { MissingPartitions } from '../../../domain/sales-reporting/missing-partitions.js';
import type { ByteFeed } from './byte-feed.js';

/** What a load works with. */
export interface LoadParts {
  readonly feed: ByteFeed;
  readonly header: CsvHeader;
  readonly checker: RowChecker;
  readonly missing?: MissingPartitions;
  /** The beginning of the file, header included, and how many bytes of it there are. */
  readonly segment: RowSegment;
  readonly filled: number;
  /** Looks at the bad rows of a segment, in the order of the file; whatever it throws ends the load. */
  readonly onBad: (rows: readonly BadRow[]) => Promise<void>;
  readonly onProgress: (load: CsvLoad) => void;
  /** Whether to stop before the end of the file. */
  readonly isOver: (load: CsvLoad) => boolean;
}

/** A segment whose good rows are on their way into the database. */
interface Pending {
  readonly segment: RowSegment;
  readonly bad: readonly BadRow[];
  readonly refused: Promise<readonly RefusedRow[]>;
}

/** Moves a file into an import session: while the database takes one segment, the next is read and scanned. */
export class CsvLoad {
  rows = 0;
  rejected = 0;
  private readonly scan: FileScan;
  /** For rows that come back from the database. */
  private readonly again: RecordScanner;
  private segments: readonly [RowSegment, RowSegment];

  constructor(
    private readonly session: ImportSession,
    private readonly parts: LoadParts,
  ) {
    const { header, checker } = parts;
    const delimiter = header.delimiter.codePointAt(0) ?? 0;
    this.scan = new FileScan(new RecordScanner(delimiter), checker, header.names.length, header.lines + 1);
    this.again = new RecordScanner(delimiter);
    this.segments = [parts.segment, new RowSegment()];
    for (const { grouping } of this.segments) grouping.laneOf = (place) => session.laneOf?.(place) ?? place;
  }

  get imported(): number {
    return this.rows - this.rejected;
  }

  async run(): Promise<void> {
    let pending: Pending | undefined;
    let start = this.parts.header.length;
    let end = this.parts.filled;
    let isLast = end < SEGMENT_BYTES;
    for (;;) {
      const [segment, next] = this.segments;
      const { bad, rest } = await finished(this.scan.scan(segment, start, end, isLast));
      if (pending !== undefined) await this.settle(pending);
      if (this.parts.isOver(this)) return;
      pending = await this.send(segment, bad);
      if (isLast) break;
      next.bytes.set(segment.bytes.subarray(rest, end));
      const read = await this.parts.feed.read(next.bytes, end - rest, SEGMENT_BYTES);
      [start, end, isLast] = [0, end - rest + read, read < SEGMENT_BYTES];
      this.segments = [next, segment];
    }
    await this.settle(pending);
  }

  private async send(segment: RowSegment, bad: readonly BadRow[]): Promise<Pending> {
    for (const range of this.parts.missing?.ranges.splice(0) ?? []) await this.session.createPartition(range);
    const { content: bytes, length, rows, groups, grouping } = segment;
    const known = groups !== undefined && { groups, originOf: (row: number) => grouping.originOf(row) };
    const batch = { bytes, length, rows, ...known };
    const refused = rows === 0 ? Promise.resolve([]) : this.session.write(batch);
    refused.catch(() => undefined); // heard by whoever settles it
    return { segment, bad, refused };
  }

  private async settle({ segment, bad, refused }: Pending): Promise<void> {
    const fromDatabase = (await refused).map((row) => this.badRow(segment, row));
    const all = fromDatabase.length === 0 ? bad : [...bad, ...fromDatabase].sort((a, b) => a.line - b.line);
    this.rows += segment.rows + bad.length;
    this.rejected += all.length;
    if (all.length > 0) await this.parts.onBad(all);
    this.parts.onProgress(this);
  }

  /** The record as it stands in the file, dates included. */
  private badRow(segment: RowSegment, { row, ...fault }: RefusedRow): BadRow {
    const raw = segment.content.slice(segment.startOf(row), segment.startOf(row + 1) - 1);
    this.again.feed(raw, 0, raw.length, true);
    if (this.again.next()) this.parts.checker.restore(this.again, raw);
    return { ...fault, line: segment.lineOf(row), raw };
  }
}

/** Between its steps, bytes are sent on to a database that would wait for them otherwise. */
async function finished(scan: Generator<undefined, Scanned>): Promise<Scanned> {
  for (;;) {
    const step = scan.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
