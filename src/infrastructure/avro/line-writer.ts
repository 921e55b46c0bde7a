import { isUtf8 } from 'node:buffer';

/** Longest line of one event: what is short as Avro may be long as JSON. */
export const MAX_LINE_BYTES = 67_108_864;
const FIRST_BYTES = 65_536;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const MINUS = 0x2d;
const HEX = '0123456789abcdef';
/** Billions are as far as whole numbers of 32 bits go. */
const BILLION = 1e9;
const BILLION_DIGITS = 9;
/** A character may become `\u00xx`. */
const MOST_ESCAPED = 6;
const MOST_DIGITS = 24;

/** Of each byte what stands behind the backslash in JSON; 0 for none, `u` for the long form. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(0x75, 0, 0x20);
for (const [byte, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
] as const) {
  ESCAPES[byte] = letter.charCodeAt(0);
}
ESCAPES[QUOTE] = QUOTE;
ESCAPES[BACKSLASH] = BACKSLASH;

/** The line would be longer than `MAX_LINE_BYTES`. */
export class LineTooLong extends Error {}

/** One JSON text, put together in a buffer that serves for all of them. */
export class LineWriter {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private at = 0;
  /** All bytes of texts, or-ed: whether any is not ASCII. */
  private seen = 0;

  begin(): void {
    this.at = 0;
    this.seen = 0;
  }

  /** A copy of what was written; undefined when it is not UTF-8. */
  end(): Uint8Array | undefined {
    const line = this.bytes.subarray(0, this.at);
    if (this.seen >= 0x80 && !isUtf8(line)) return undefined;
    const copy = Buffer.allocUnsafe(this.at);
    line.copy(copy);
    return copy;
  }

  /** Bytes that are JSON already. */
  raw(json: Uint8Array): void {
    this.room(json.length);
    const { bytes, at } = this;
    for (let n = 0; n < json.length; n += 1) bytes[at + n] = json[n] as number; // within its length
    this.at = at + json.length;
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.at] = value;
    this.at += 1;
  }

  /** Text, from its bytes. */
  text(source: Uint8Array, start: number, end: number): void {
    this.room((end - start) * MOST_ESCAPED + 2);
    const { bytes } = this;
    let { at, seen } = this;
    bytes[at++] = QUOTE;
    for (let n = start; n < end; n += 1) {
      const byte = source[n] as number; // checked by whoever gave the range
      seen |= byte;
      const escape = ESCAPES[byte] as number; // it has 256
      if (escape === 0) bytes[at++] = byte;
      else at = this.escaped(at, byte, escape);
    }
    bytes[at++] = QUOTE;
    this.at = at;
    this.seen = seen;
  }

  /** A whole number that is exact as such. */
  whole(value: number): void {
    this.room(MOST_DIGITS);
    const { bytes } = this;
    let rest = value;
    if (rest < 0) {
      bytes[this.at++] = MINUS;
      rest = -rest;
    }
    if (rest < BILLION) return this.digits(rest, digitsOf(rest));
    const high = Math.floor(rest / BILLION);
    this.digits(high, digitsOf(high));
    this.digits(rest - high * BILLION, BILLION_DIGITS);
  }

  /** Text of ASCII alone that is JSON already. */
  ascii(json: string): void {
    this.room(json.length);
    this.at += this.bytes.write(json, this.at, 'latin1');
  }

  private digits(value: number, count: number): void {
    const { bytes, at } = this;
    let rest = value | 0;
    for (let n = at + count - 1; n >= at; n -= 1) {
      const next = (rest / 10) | 0;
      bytes[n] = ZERO + rest - next * 10;
      rest = next;
    }
    this.at = at + count;
  }

  private escaped(start: number, byte: number, escape: number): number {
    const { bytes } = this;
    let at = start;
    bytes[at++] = BACKSLASH;
    bytes[at++] = escape;
    if (escape !== 0x75) return at;
    return at + bytes.write(`00${HEX.charAt(byte >> 4)}${HEX.charAt(byte & 15)}`, at, 'latin1');
  }

  private room(more: number): void {
    const needed = this.at + more;
    if (needed <= this.bytes.length) return;
    if (needed > MAX_LINE_BYTES) throw new LineTooLong();
    const larger = Buffer.allocUnsafe(Math.min(MAX_LINE_BYTES, Math.max(needed, this.bytes.length * 2)));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

function digitsOf(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  let count = 3;
  for (let limit = 1000; value >= limit; limit *= 10) count += 1;
  return count;
}
