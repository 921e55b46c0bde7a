import { isDigit, MINUS, OPEN_BRACE, OPEN_BRACKET, PLUS, POINT, QUOTE } from '../json-bytes.js';
import { textOf, valueEndOf } from '../row-fields.js';

/**
 * Looks at the value that starts at a position of a framed record.
 *
 * @returns why the column would keep something else; undefined also for what ClickHouse refuses by itself
 */
export type ValueCheck = (data: Uint8Array, at: number) => string | undefined;

/** Whether a number, perhaps a misspelt one, stands there without quotes. */
export function isBareNumber(data: Uint8Array, at: number): boolean {
  const first = data[at];
  return isDigit(first) || first === MINUS || first === PLUS || first === POINT;
}

/** The text of a string, escapes as they are written, or of a bare literal; undefined for objects and arrays. */
export function scalarText(data: Uint8Array, at: number): string | undefined {
  const first = data[at];
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return undefined;
  const end = valueEndOf(data, at);
  return first === QUOTE ? textOf(data, at + 1, end - 1) : textOf(data, at, end);
}

export function skipDigits(data: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(data[at])) at++;
  return at;
}

/** Whether the number goes on there, with an exponent or a second point. */
export function goesOn(byte: number | undefined): boolean {
  return byte === 0x65 || byte === 0x45 || byte === POINT;
}
