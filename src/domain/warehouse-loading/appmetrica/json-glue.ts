import { Buffer } from 'node:buffer';
import { PenstockError } from '../../errors.js';
import type { PartGlue } from './part-glue.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** What stands before the rows, spaces left out; and behind them. */
const HEAD = Buffer.from('{"data":[');
const TAIL = Buffer.from('}');

/** Where a byte of a part stands. Rows are objects, by commas. */
type Place = 'head' | 'first' | 'row' | 'between' | 'next' | 'tail';

/**
 * JSON parts, each `{"data":[{…},…]}` as documented, made into one such document. Rows pass byte for byte: a field that
 * was asked for twice stays in them twice, and numbers keep their digits.
 */
export class JsonGlue implements PartGlue {
  rows = 0;
  private isBegun = false;
  private place: Place = 'head';
  /** Bytes of HEAD or TAIL that were seen. */
  private matched = 0;
  private depth = 0;
  private isText = false;
  private isEscaped = false;

  beginPart(): void {
    this.place = 'head';
    this.matched = 0;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    // Rows of one chunk pass together, with what stands between them: from the first one's beginning (or the chunk's, for
    // a row that began before) to the last one's end.
    let [from, to] = [0, 0];
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.place !== 'row' && this.between(chunk[at] ?? 0)) {
        if (to === 0) pieces.push(this.before());
        if (to === 0) from = at;
        this.rows += 1;
      }
      if (this.place !== 'row') continue;
      at = this.endOfRow(chunk, at);
      to = at + 1;
    }
    if (to > from) pieces.push(chunk.subarray(from, to));
    return pieces;
  }

  endPart(): Uint8Array[] {
    if (this.place !== 'tail' || this.matched !== TAIL.length) throw broken('breaks off before its end');
    return [];
  }

  end(): Uint8Array[] {
    return [Buffer.from(this.isBegun ? ']}' : '{"data":[]}')];
  }

  /** What stands before a row: the beginning of the document, or a comma. */
  private before(): Uint8Array {
    const text = this.isBegun ? ',' : '{"data":[';
    this.isBegun = true;
    return Buffer.from(text);
  }

  /** The last byte of the row, or of the chunk. */
  private endOfRow(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.isText) this.inText(byte);
      else if (this.outOfText(byte)) {
        this.place = 'between';
        return at;
      }
    }
    return chunk.length - 1;
  }

  private inText(byte: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (byte === BACKSLASH) this.isEscaped = true;
    else if (byte === QUOTE) this.isText = false;
  }

  /** @returns whether this byte ends the row */
  private outOfText(byte: number): boolean {
    if (byte === QUOTE) this.isText = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.depth -= 1;
    return this.depth === 0;
  }

  /** @returns whether a row begins with this byte */
  private between(byte: number): boolean {
    if (SPACES.has(byte)) return false;
    if (this.place === 'head') this.match(HEAD, byte, 'first');
    else if (this.place === 'tail') this.match(TAIL, byte, 'tail');
    else if (byte === CLOSE_LIST && this.place !== 'next') this.enter('tail');
    else if (byte === COMMA && this.place === 'between') this.enter('next');
    else if (byte === OPEN_OBJECT && this.place !== 'between') return this.enterRow();
    else throw broken('has something else than rows in its "data"');
    return false;
  }

  private match(expected: Buffer, byte: number, next: Place): void {
    if (expected[this.matched] !== byte) throw broken('is not of the form {"data": [...]}');
    this.matched += 1;
    if (this.matched === expected.length && next !== this.place) this.enter(next);
  }

  private enter(place: Place): void {
    this.place = place;
    this.matched = 0;
  }

  private enterRow(): boolean {
    this.enter('row');
    this.depth = 0;
    this.isText = false;
    this.isEscaped = false;
    return true;
  }
}

function broken(how: string): PenstockError {
  return new PenstockError('vendor.broken', `A part of the export ${how}.`);
}
