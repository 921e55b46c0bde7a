import { Buffer } from 'node:buffer';
import type { Frame } from './frame-record.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.js';

/** A field of a record's object: its name, where it starts, and where its value stands in the bytes. */
export interface RowField {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * The fields of a framed record, in order, without reading their values.
 *
 * @returns undefined when it is no JSON between its brackets
 */
export function rowFields(data: Uint8Array, frame: Frame): RowField[] | undefined {
  const fields: RowField[] = [];
  if (frame.empty) return fields;
  let at = skipSpace(data, frame.start + 1);
  for (;;) {
    const start = at;
    if (data[start] !== QUOTE) return undefined;
    const nameEnd = stringEnd(data, start);
    const colon = skipSpace(data, nameEnd);
    const valueStart = skipSpace(data, colon + 1);
    const valueEnd = valueEndOf(data, valueStart);
    const name = nameOf(data, start, nameEnd);
    if (data[colon] !== COLON || valueEnd === valueStart || name === undefined) return undefined;
    fields.push({ name, start, valueStart, valueEnd });
    at = skipSpace(data, valueEnd);
    if (data[at] === CLOSE_BRACE) return at === frame.end - 1 ? fields : undefined;
    if (data[at] !== COMMA) return undefined;
    at = skipSpace(data, at + 1);
  }
}

/** The text of bytes of the record. */
export function textOf(data: Uint8Array, start: number, end: number): string {
  return Buffer.from(data.buffer, data.byteOffset + start, end - start).toString('utf8');
}

/** A name, quotes and all, as the text it stands for; undefined when its escapes are wrong. */
export function nameOf(data: Uint8Array, start: number, end: number): string | undefined {
  const inner = data.subarray(start + 1, end - 1);
  if (!inner.includes(BACKSLASH)) return textOf(data, start + 1, end - 1);
  try {
    return JSON.parse(textOf(data, start, end)) as string;
  } catch {
    return undefined;
  }
}

/** @returns the position of the next byte that is no white space */
export function skipSpace(data: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(data[at] ?? 0)) at++;
  return at;
}

/** @returns the position behind the closing quote */
function stringEnd(data: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < data.length && data[at] !== QUOTE) at += data[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** @returns the position behind the value that starts there */
export function valueEndOf(data: Uint8Array, start: number): number {
  const first = data[start];
  if (first === QUOTE) return stringEnd(data, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return bracketEnd(data, start);
  let at = start;
  while (at < data.length && isPartOfLiteral(data[at] ?? 0)) at++;
  return at;
}

function isPartOfLiteral(byte: number): boolean {
  return (
    byte !== COMMA &&
    byte !== CLOSE_BRACE &&
    byte !== CLOSE_BRACKET &&
    byte !== QUOTE &&
    byte !== COLON &&
    !isSpace(byte)
  );
}

/** The brackets match: the frame has seen to it. */
function bracketEnd(data: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  while (at < data.length) {
    const byte = data[at] ?? 0;
    if (byte === QUOTE) {
      at = stringEnd(data, at);
      continue;
    }
    at += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  return at;
}
