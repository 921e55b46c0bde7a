import { MAX_FIELDS, MAX_RECORD_BYTES } from './csv-limits.js';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** What is wrong with a record as CSV. Numbers, because every record is asked. */
export const CSV_FAULT = {
  none: 0,
  strayQuote: 1,
  afterQuote: 2,
  carriageReturn: 3,
  openQuote: 4,
  tooLong: 5,
} as const;
export type CsvFault = (typeof CSV_FAULT)[keyof typeof CSV_FAULT];

/** How a field stands in the bytes: bare, in quotes, or in quotes with doubled quotes inside. */
export const FIELD_KIND = { bare: 0, quoted: 1, doubled: 2 } as const;

const INCOMPLETE = -1;
const ENDED = -2;

/**
 * Finds records and fields in buffers of CSV (RFC 4180: quotes, doubled quotes, line breaks in quotes; lines end with LF or
 * CRLF). It decodes nothing and copies nothing: a record is a range of bytes, and so is a field. After `next()` has said
 * that there is one, the public fields describe it.
 *
 * What is not CSV is a record as well, with a fault. After a quote that is never closed the scanner takes the line alone for
 * the record and goes on with the next line, so that one bad quote does not swallow the good rows behind it.
 */
export class RecordScanner {
  /** Of the record: its first byte, the byte after its content, and the byte after its line end. */
  start = 0;
  stop = 0;
  after = 0;
  /** Fields seen; of those beyond MAX_FIELDS only the number is known. */
  fields = 0;
  /** Physical lines it spans. */
  lines = 0;
  fault: CsvFault = CSV_FAULT.none;
  readonly fieldStart = new Int32Array(MAX_FIELDS);
  readonly fieldStop = new Int32Array(MAX_FIELDS);
  readonly fieldKind = new Uint8Array(MAX_FIELDS);

  private bytes: Uint8Array = new Uint8Array(0);
  private end = 0;
  private isLast = false;
  private isSkipping = false;
  /** Bytes at which a bare field must be looked at. */
  private readonly stops = new Uint8Array(256);

  constructor(private readonly delimiter: number) {
    for (const byte of [delimiter, QUOTE, LF, CR]) this.stops[byte] = 1;
  }

  /** Goes on in `bytes` from `start` up to `end`; `isLast` when nothing follows. */
  feed(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    this.bytes = bytes;
    this.after = start;
    this.end = end;
    this.isLast = isLast;
  }

  /** Whether there is another record; the bytes from `after` on belong to one that is not complete otherwise. */
  next(): boolean {
    if (this.isSkipping && !this.skip()) return false;
    if (this.after >= this.end) return false;
    this.start = this.after;
    this.fields = 0;
    this.lines = 1;
    this.fault = CSV_FAULT.none;
    let at = this.start;
    do at = this.field(at);
    while (at >= 0);
    return at === INCOMPLETE ? this.recover() : true;
  }

  /** Scans a field. @returns where the next one begins, INCOMPLETE, or ENDED with the record */
  private field(at: number): number {
    const index = this.fields < MAX_FIELDS ? this.fields : MAX_FIELDS - 1;
    this.fields += 1;
    const stop = at < this.end && this.bytes[at] === QUOTE ? this.quoted(at, index) : this.bare(at, at, index);
    if (stop === INCOMPLETE) return INCOMPLETE;
    if (stop < this.end && this.bytes[stop] === this.delimiter) {
      return stop + 1 < this.end || this.isLast ? stop + 1 : INCOMPLETE;
    }
    return this.endRecord(stop);
  }

  private endRecord(stop: number): number {
    // Text behind a quote that was closed on another line: rather, a quote that never was, and the next one closed it.
    if (this.fault === CSV_FAULT.afterQuote && this.lines > 1) return this.takeLine(CSV_FAULT.openQuote);
    if (stop - this.start > MAX_RECORD_BYTES) this.fault = CSV_FAULT.tooLong;
    this.stop = stop;
    this.after = stop >= this.end ? this.end : this.bytes[stop] === CR ? Math.min(stop + 2, this.end) : stop + 1;
    return ENDED;
  }

  /** From `at` to the delimiter or line end behind it. */
  private bare(start: number, at: number, index: number): number {
    const { bytes, end, stops } = this;
    let place = at;
    for (;;) {
      while (place < end && stops[bytes[place] as number] === 0) place += 1; // place < end
      if (place >= end) {
        if (!this.isLast) return INCOMPLETE;
        break;
      }
      if (this.endsField(place)) break;
      if (bytes[place] === CR && place + 1 >= end) return INCOMPLETE;
      this.note(bytes[place] === QUOTE ? CSV_FAULT.strayQuote : CSV_FAULT.carriageReturn);
      place += 1;
    }
    this.fieldStart[index] = start;
    this.fieldStop[index] = place;
    this.fieldKind[index] = FIELD_KIND.bare;
    return place;
  }

  /** A delimiter or line end; a carriage return is one before LF, and at the very end. */
  private endsField(at: number): boolean {
    const byte = this.bytes[at];
    if (byte === CR) return at + 1 < this.end ? this.bytes[at + 1] === LF : this.isLast;
    return byte !== QUOTE;
  }

  private quoted(at: number, index: number): number {
    const { bytes, end } = this;
    let place = at + 1;
    let kind: number = FIELD_KIND.quoted;
    for (; ; place += 1) {
      while (place < end && bytes[place] !== QUOTE) {
        if (bytes[place] === LF) this.lines += 1;
        place += 1;
      }
      if (place >= end || (place + 1 >= end && !this.isLast)) return INCOMPLETE;
      if (place + 1 >= end || bytes[place + 1] !== QUOTE) break;
      kind = FIELD_KIND.doubled;
      place += 1;
    }
    return this.afterQuote(at, place, index, kind);
  }

  private afterQuote(at: number, close: number, index: number, kind: number): number {
    let stop = close + 1;
    const { bytes, end } = this;
    if (stop < end && bytes[stop] === CR && stop + 1 >= end && !this.isLast) return INCOMPLETE;
    if (stop < end && !(this.stops[bytes[stop] as number] === 1 && this.endsField(stop))) {
      this.note(CSV_FAULT.afterQuote);
      stop = this.bare(at, stop, index);
      if (stop === INCOMPLETE) return INCOMPLETE;
    }
    this.fieldStart[index] = at + 1;
    this.fieldStop[index] = close;
    this.fieldKind[index] = kind;
    return stop;
  }

  /** The first fault is the one worth telling. */
  private note(fault: CsvFault): void {
    if (this.fault === CSV_FAULT.none) this.fault = fault;
  }

  /** Nothing more can come, or too much has: the line alone is the record. */
  private recover(): boolean {
    const isTooLong = this.end - this.start >= MAX_RECORD_BYTES;
    if (!this.isLast && !isTooLong) return false;
    this.takeLine(isTooLong ? CSV_FAULT.tooLong : CSV_FAULT.openQuote);
    return true;
  }

  private takeLine(fault: CsvFault): number {
    this.lines = 1;
    this.fault = fault;
    const feed = this.bytes.indexOf(LF, this.start);
    const isWhole = feed >= 0 && feed < this.end;
    this.isSkipping = !isWhole && !this.isLast;
    const stop = isWhole ? feed : this.end;
    this.after = isWhole ? feed + 1 : this.end;
    this.stop = stop > this.start && this.bytes[stop - 1] === CR ? stop - 1 : stop;
    return ENDED;
  }

  /** Looks for the end of a line whose beginning was a record too long to be kept. */
  private skip(): boolean {
    const feed = this.bytes.indexOf(LF, this.after);
    const isFound = feed >= 0 && feed < this.end;
    this.after = isFound ? feed + 1 : this.end;
    this.isSkipping = !isFound;
    return isFound;
  }
}
