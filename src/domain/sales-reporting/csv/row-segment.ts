import type { RowPlace } from '../import-table.js';
import { MAX_RECORD_BYTES } from './csv-limits.js';
import { RowGrouping, type RowGroup } from './row-grouping.js';

/** New bytes of the file in one segment. */
export const SEGMENT_BYTES = 1_048_576;
const LF = 0x0a;

/**
 * A stretch of the file that is worked on as a whole: room for bytes, and after the scan, from its beginning, the lines that
 * fit, without gaps, each ended by LF. Good lines are moved together inside the buffer; where they belong into several
 * partitions, `content` has them partition by partition.
 */
export class RowSegment {
  readonly bytes = new Uint8Array(MAX_RECORD_BYTES + SEGMENT_BYTES + 1);
  /** Bytes of good lines. */
  length = 0;
  /** Good lines. */
  rows = 0;
  readonly grouping = new RowGrouping();
  private lines = new Float64Array(SEGMENT_BYTES / 64);
  private starts = new Int32Array(SEGMENT_BYTES / 64);
  private runStart = 0;
  private runStop = 0;

  clear(): void {
    this.length = 0;
    this.rows = 0;
    this.runStart = 0;
    this.runStop = 0;
    this.grouping.clear();
  }

  /** Keeps the record from `start`; `after` is where the next one begins. */
  keep(
    line: number,
    { start, stop, after }: { readonly start: number; readonly stop: number; readonly after: number },
    place?: RowPlace,
  ): void {
    this.grouping.note(place);
    if (start !== this.runStop) this.closeRun(start);
    this.note(line, this.length + start - this.runStart);
    this.runStop = after;
    if (after !== stop + 1 || this.bytes[stop] !== LF) this.endLine(stop, after);
  }

  /** The last run joins the others, and rows of one partition come together. */
  finish(): void {
    this.closeRun(this.runStop);
    this.starts[this.rows] = this.length;
    this.grouping.group(this.bytes, this.starts);
  }

  /** Good lines, `length` bytes of them. */
  get content(): Uint8Array {
    return this.grouping.bytes ?? this.bytes;
  }

  /** Good lines of one partition, group by group; undefined where the partition of some is not known. */
  get groups(): readonly RowGroup[] | undefined {
    return this.grouping.groups;
  }

  lineOf(row: number): number {
    return this.lines[this.grouping.originOf(row)] ?? 0;
  }

  /** Where a good line begins in `content`; of the one behind the last, where they end. */
  startOf(row: number): number {
    return this.grouping.startOf(row) ?? this.starts[row] ?? 0;
  }

  /** CRLF, or nothing at the end of the file, becomes LF: COPY wants the same line end everywhere. */
  private endLine(stop: number, after: number): void {
    this.bytes[stop] = LF;
    this.runStop = stop + 1;
    this.closeRun(after);
  }

  private closeRun(next: number): void {
    const { runStart, runStop } = this;
    if (runStop > runStart && this.length !== runStart) this.bytes.copyWithin(this.length, runStart, runStop);
    this.length += runStop - runStart;
    this.runStart = next;
    this.runStop = next;
  }

  private note(line: number, start: number): void {
    if (this.rows + 1 === this.lines.length) this.grow(); // one more, for where they end
    this.lines[this.rows] = line;
    this.starts[this.rows] = start;
    this.rows += 1;
  }

  private grow(): void {
    const [lines, starts] = [this.lines, this.starts];
    this.lines = new Float64Array(lines.length * 2);
    this.lines.set(lines);
    this.starts = new Int32Array(starts.length * 2);
    this.starts.set(starts);
  }
}
