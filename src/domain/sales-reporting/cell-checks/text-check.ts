import { Buffer } from 'node:buffer';
import { type CellCheck, type CellFault, FITS } from './cell-check.js';
import { MAX_MATCHED_CHARS } from './safe-pattern.js';

export interface TextBounds {
  /** Characters (code points), as PostgreSQL counts them. */
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly enum?: readonly string[];
  readonly pattern?: RegExp;
}

/** A text's length, alternatives and pattern. */
export function textChecks({ maxLength, minLength, enum: words, pattern }: TextBounds): CellCheck[] {
  return [
    ...(maxLength === undefined ? [] : [maxLengthCheck(maxLength)]),
    ...(minLength === undefined ? [] : [minLengthCheck(minLength)]),
    ...(words === undefined ? [] : [enumCheck(words)]),
    ...(pattern === undefined ? [] : [patternCheck(pattern)]),
  ];
}

function maxLengthCheck(limit: number): CellCheck {
  const tooLong: CellFault = { rule: 'length', message: `is longer than ${limit} characters` };
  return (bytes, start, stop) => (stop - start <= limit || characters(bytes, start, stop) <= limit ? FITS : tooLong);
}

function minLengthCheck(limit: number): CellCheck {
  const tooShort: CellFault = { rule: 'length', message: `is shorter than ${limit} characters` };
  return (bytes, start, stop) => (characters(bytes, start, stop) < limit ? tooShort : FITS);
}

/** Every byte of UTF-8 but those that continue a character. */
function characters(bytes: Uint8Array, start: number, stop: number): number {
  let count = 0;
  for (let at = start; at < stop; at += 1) if (((bytes[at] as number) & 0xc0) !== 0x80) count += 1; // at < stop
  return count;
}

function enumCheck(words: readonly string[]): CellCheck {
  const allowed = new Set(words);
  const shown = words.slice(0, 10).join(', ') + (words.length > 10 ? ', …' : '');
  const other: CellFault = { rule: 'enum', message: `is not one of ${shown}` };
  return (bytes, start, stop) => (allowed.has(decode(bytes, start, stop)) ? FITS : other);
}

function patternCheck(pattern: RegExp): CellCheck {
  const noMatch: CellFault = { rule: 'pattern', message: `does not match ${pattern.source}` };
  const tooLong: CellFault = {
    rule: 'pattern',
    message: `is longer than ${MAX_MATCHED_CHARS} characters, too long to match`,
  };
  return (bytes, start, stop) => {
    const text = decode(bytes, start, stop);
    if (text.length > MAX_MATCHED_CHARS) return tooLong;
    return pattern.test(text) ? FITS : noMatch;
  };
}

function decode(bytes: Uint8Array, start: number, stop: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('utf8');
}
