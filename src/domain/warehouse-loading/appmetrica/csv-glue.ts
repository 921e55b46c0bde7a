import { Buffer } from 'node:buffer';
import { PenstockError } from '../../errors.js';
import { CsvRecords } from './csv-records.js';
import type { PartGlue } from './part-glue.js';

/** The byte order mark that `use_utf8_bom` asks for. */
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const NEWLINE = 0x0a;
/** No header of named columns is longer. */
const MAX_HEADER_BYTES = 1_000_000;

/**
 * CSV parts: each has the header, and may have a byte order mark; one header and one mark stay. A part that ends without a
 * newline gets one. A part of no bytes has no rows. Anything is a CSV to whoever only looks for commas and newlines: the
 * header tells an export from a page that says why there is none.
 */
export class CsvGlue implements PartGlue {
  rows = 0;
  private header: string | undefined;
  private newline = Buffer.from('\n');
  private records = new CsvRecords();
  /** What the part began with, until its header is complete; undefined from then on. */
  private head: Buffer | undefined;
  private lastByte = NEWLINE;

  /** @param fields columns that were asked for */
  constructor(private readonly fields: readonly string[]) {}

  beginPart(): void {
    this.records = new CsvRecords();
    this.head = Buffer.alloc(0);
    this.lastByte = NEWLINE;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    if (this.head === undefined) return this.body(chunk);
    this.head = Buffer.concat([this.head, chunk]);
    const mark = markOf(this.head);
    if (mark === undefined) return []; // perhaps a byte order mark, cut in the middle
    const records = new CsvRecords();
    const end = records.next(this.head, mark);
    if (end < 0 && this.head.length > MAX_HEADER_BYTES) throw broken('has no end of its header');
    if (end < 0) return [];
    const rest = this.head.subarray(end);
    const header = this.takeHeader(this.head.subarray(0, end), mark);
    return [...header, ...this.body(rest)];
  }

  endPart(): Uint8Array[] {
    const header = this.head === undefined || this.head.length === 0 ? [] : this.bareHeader(this.head);
    this.head = undefined;
    if (this.records.isOpen) throw broken('ends within quotes');
    if (this.records.isUnended) this.rows += 1;
    return this.lastByte === NEWLINE ? header : [...header, this.newline];
  }

  end(): Uint8Array[] {
    return [];
  }

  /** A header that is all there is of a part, perhaps without its newline. */
  private bareHeader(head: Buffer): Uint8Array[] {
    const records = new CsvRecords();
    records.next(head, markOf(head) ?? 0);
    if (records.isOpen) throw broken('ends within its header');
    const taken = this.takeHeader(head, markOf(head) ?? 0);
    return head.at(-1) === NEWLINE || taken.length === 0 ? taken : [...taken, this.newline];
  }

  private takeHeader(line: Buffer, mark: number): Uint8Array[] {
    this.head = undefined;
    const header = line
      .subarray(mark)
      .toString('utf8')
      .replace(/\r?\n$/, '');
    if (this.header === undefined) {
      if (!hasColumns(header, this.fields)) throw broken('does not begin with the names of the fields asked for');
      this.header = header;
      if (line.at(-2) === 0x0d) this.newline = Buffer.from('\r\n');
      return [line];
    }
    if (this.header !== header) throw broken('has another header than the one before');
    return [];
  }

  private body(chunk: Uint8Array): Uint8Array[] {
    if (chunk.length === 0) return [];
    for (let at = this.records.next(chunk, 0); at >= 0; at = this.records.next(chunk, at)) this.rows += 1;
    this.lastByte = chunk[chunk.length - 1] ?? NEWLINE;
    return [chunk];
  }
}

/** In any order, case and quoting, and perhaps among others: these are not documented, and the vendor's to choose. */
function hasColumns(header: string, fields: readonly string[]): boolean {
  const columns = header.split(',').map((name) => name.trim().replace(/^"(.*)"$/s, '$1'));
  const known = new Set(columns.map((name) => name.toLowerCase()));
  return fields.every((field) => known.has(field.toLowerCase()));
}

/** How long the byte order mark is; undefined while it cannot be told. */
function markOf(head: Buffer): number | undefined {
  const begin = head.subarray(0, BOM.length);
  if (begin.equals(BOM)) return BOM.length;
  return begin.length < BOM.length && BOM.subarray(0, begin.length).equals(begin) ? undefined : 0;
}

function broken(how: string): PenstockError {
  return new PenstockError('vendor.broken', `A part of the export ${how}.`);
}
