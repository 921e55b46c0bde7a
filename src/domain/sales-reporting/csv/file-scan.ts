import { isUtf8 } from 'node:buffer';
import type { BadRow, RowFault } from '../bad-row.js';
import type { RowChecker } from '../row-checker.js';
import type { RecordScanner } from './record-scanner.js';
import type { RowSegment } from './row-segment.js';

const LF = 0x0a;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const END_MARK: RowFault = { rule: 'csv', message: 'A line of "\\." alone ends a COPY; it has to stand in quotes.' };

/** About a millisecond's work. */
const STEP_BYTES = 65_536;

export interface Scanned {
  readonly bad: readonly BadRow[];
  readonly rest: number;
}

/** Scans a file segment by segment: good rows stay in the segment, bad ones come back with their reasons. */
export class FileScan {
  constructor(
    private readonly scanner: RecordScanner,
    private readonly checker: RowChecker,
    /** Columns of the file; with more than one an empty line is no row. */
    private readonly columns: number,
    /** Of the record that comes next. */
    public line: number,
  ) {}

  /**
   * Works through the bytes from `start` to `end` of the segment, which then holds the good lines alone; step by step, so
   * that whoever does other things at the same time gets to them.
   *
   * @returns the bad rows, and where a record begins that is not complete yet
   */
  *scan(segment: RowSegment, start: number, end: number, isLast: boolean): Generator<undefined, Scanned> {
    const { scanner } = this;
    const { bytes } = segment;
    const isClean = hasCleanText(bytes.subarray(start, isLast ? end : bytes.lastIndexOf(LF, end - 1) + 1));
    const bad: BadRow[] = [];
    segment.clear();
    scanner.feed(bytes, start, end, isLast);
    while (this.step(segment, bad, isClean)) yield;
    segment.finish();
    return { bad, rest: scanner.after };
  }

  /** @returns whether there may be more */
  private step(segment: RowSegment, bad: BadRow[], isClean: boolean): boolean {
    const { scanner } = this;
    const enough = scanner.after + STEP_BYTES;
    while (scanner.after < enough) {
      if (!scanner.next()) return false;
      if (!this.isBlank()) this.judge(segment, bad, isClean);
      this.line += scanner.lines;
    }
    return true;
  }

  private judge(segment: RowSegment, bad: BadRow[], isClean: boolean): void {
    const { scanner, checker, line } = this;
    const { bytes } = segment;
    if (!isClean && !hasCleanText(bytes.subarray(scanner.start, scanner.stop))) {
      bad.push({ ...encodingFault(bytes, scanner), line, raw: bytes.slice(scanner.start, scanner.stop) });
    } else if (this.isEndMark(bytes)) {
      bad.push({ ...END_MARK, line, raw: bytes.slice(scanner.start, scanner.stop) });
    } else if (checker.accepts(scanner, bytes)) {
      checker.rewrite(scanner, bytes);
      segment.keep(line, scanner, checker.place);
    } else {
      bad.push({ ...checker.explain(scanner, bytes), line, raw: bytes.slice(scanner.start, scanner.stop) });
    }
  }

  /** To COPY this is the end of all rows. */
  private isEndMark(bytes: Uint8Array): boolean {
    const { start, stop } = this.scanner;
    return stop - start === 2 && bytes[start] === BACKSLASH && bytes[start + 1] === DOT;
  }

  private isBlank(): boolean {
    return this.columns > 1 && this.scanner.stop === this.scanner.start;
  }
}

/** UTF-8 without the zero character, which PostgreSQL's text cannot hold. */
function hasCleanText(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && bytes.indexOf(0) < 0;
}

function encodingFault(bytes: Uint8Array, { start, stop }: RecordScanner): RowFault {
  const hasZero = bytes.subarray(start, stop).indexOf(0) >= 0;
  return { rule: 'encoding', message: hasZero ? 'The row holds a zero character.' : 'The row is not valid UTF-8.' };
}
