import { Buffer, isUtf8 } from 'node:buffer';
import type { TopNames } from './top-names.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isSpace,
  LINE_FEED,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  RETURN,
  SPACE,
} from './json-bytes.js';

/** The largest record a Kinesis stream can be set to take. */
export const MAX_RECORD_BYTES = 10 * 1_048_576;
/** Far above what events have, and below the depth at which ClickHouse's own parser gives up. */
export const MAX_FRAME_DEPTH = 500;

export type FrameFault = 'record.not-json' | 'record.not-utf8' | 'record.too-large';

/** Where the one object of a record stands in its bytes. */
export interface Frame {
  /** Of the opening brace. */
  readonly start: number;
  /** Behind the closing brace. */
  readonly end: number;
  /** The object has no field. */
  readonly empty: boolean;
  /** There are line breaks between its tokens. */
  readonly broken: boolean;
}

/**
 * Checks that a record is exactly one JSON object, as far as a row of NDJSON needs it: strings end, brackets match, nothing
 * stands behind it, the text is UTF-8. So no record can swallow, split or become another row, and it can be handed to
 * ClickHouse as it is, which checks what is between the brackets.
 *
 * @param names where the names of the object's own fields are to be noted
 */
export function frameRecord(data: Uint8Array, names?: TopNames): Frame | FrameFault {
  names?.clear();
  if (data.length > MAX_RECORD_BYTES) return 'record.too-large';
  const start = skipSpace(data, 0);
  const flags = { ascii: true, broken: false, open: 0, close: 0, names };
  const end = data[start] === OPEN_BRACE ? scanObject(data, start, flags) : NOT_JSON;
  if (end < 0 || skipSpace(data, end) < data.length) {
    return end === LONE_SURROGATE || !isUtf8(data) ? 'record.not-utf8' : 'record.not-json';
  }
  if (!flags.ascii && !isUtf8(data)) return 'record.not-utf8';
  return { start, end, empty: data[skipSpace(data, start + 1)] === CLOSE_BRACE, broken: flags.broken };
}

function skipSpace(data: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(data[at] ?? 0)) at++;
  return at;
}

const NOT_JSON = -1;
const LONE_SURROGATE = -2;

const PLAIN = 0;
const ENDS_STRING = 1;
const ESCAPES = 2;
const HIGH = 3;
const REFUSED = 4;
const OPENS = 5;
const CLOSES = 6;
const BREAKS = 7;
const ENDS_NAME = 8;

/** What a byte does inside a string, and between tokens. */
const IN_STRING = new Uint8Array(256);
const BETWEEN = new Uint8Array(256);
IN_STRING.fill(REFUSED, 0, SPACE).fill(HIGH, 0x80);
IN_STRING[QUOTE] = ENDS_STRING;
IN_STRING[BACKSLASH] = ESCAPES;
BETWEEN.fill(REFUSED, 0, SPACE).fill(REFUSED, 0x7f);
BETWEEN[0x09] = PLAIN;
BETWEEN[LINE_FEED] = BREAKS;
BETWEEN[RETURN] = BREAKS;
BETWEEN[BACKSLASH] = REFUSED;
BETWEEN[QUOTE] = ENDS_STRING;
BETWEEN[COLON] = ENDS_NAME;
BETWEEN[OPEN_BRACE] = OPENS;
BETWEEN[OPEN_BRACKET] = OPENS;
BETWEEN[CLOSE_BRACE] = CLOSES;
BETWEEN[CLOSE_BRACKET] = CLOSES;

/** Opening brackets of the object being read; its own, because the scan neither waits nor calls itself. */
const brackets = new Uint8Array(MAX_FRAME_DEPTH);

interface Flags {
  ascii: boolean;
  broken: boolean;
  /** Quotes of the last string between tokens. */
  open: number;
  close: number;
  readonly names: TopNames | undefined;
}

/** @returns the position behind the object that starts there, or why there is none */
function scanObject(data: Uint8Array, start: number, flags: Flags): number {
  const length = data.length;
  let depth = 0;
  for (let at = start; at < length; at++) {
    const byte = data[at] ?? 0;
    const action = BETWEEN[byte] ?? REFUSED;
    if (action === PLAIN) continue;
    if (action === ENDS_STRING) {
      flags.open = at;
      at = scanString(data, at + 1, flags);
      if (at < 0) return at;
      flags.close = at;
    } else if (action >= BREAKS) {
      note(flags, action, depth, at);
    } else {
      depth = depthBehind(byte, action, depth);
      if (depth <= 0) return depth < 0 ? NOT_JSON : at + 1;
    }
  }
  return NOT_JSON;
}

function note(flags: Flags, action: number, depth: number, at: number): void {
  if (action === BREAKS) flags.broken = true;
  else if (depth === 1 && flags.names !== undefined) flags.names.add(flags.open, flags.close, at);
}

function depthBehind(byte: number, action: number, depth: number): number {
  if (action === OPENS && depth < MAX_FRAME_DEPTH) {
    brackets[depth] = byte;
    return depth + 1;
  }
  // In ASCII, a closing bracket comes two behind its opening one.
  return action === CLOSES && brackets[depth - 1] === byte - 2 ? depth - 1 : NOT_JSON;
}

/** @returns the position of the closing quote of the string whose text starts there, or why there is none */
function scanString(data: Uint8Array, start: number, flags: Flags): number {
  const length = data.length;
  for (let at = start; at < length; at++) {
    const action = IN_STRING[data[at] ?? 0];
    if (action === PLAIN) continue;
    if (action === ENDS_STRING) return at;
    if (action === HIGH) flags.ascii = false;
    else if (action === REFUSED) return NOT_JSON;
    else {
      if (flags.names !== undefined) flags.names.escaped = true;
      at = skipEscape(data, at);
      if (at < 0) return at;
    }
  }
  return NOT_JSON;
}

const LOWER_U = 0x75;
const ESCAPE_LENGTH = 6;

/** @returns the position of the last byte of the escape (of both, for a surrogate pair) that starts there */
function skipEscape(data: Uint8Array, at: number): number {
  if (data[at + 1] !== LOWER_U) return at + 1;
  const unit = codeUnit(data, at);
  if (Number.isNaN(unit)) return NOT_JSON;
  if (unit < 0xd800 || unit > 0xdfff) return at + ESCAPE_LENGTH - 1;
  const low = codeUnit(data, at + ESCAPE_LENGTH);
  const paired = unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
  return paired ? at + 2 * ESCAPE_LENGTH - 1 : LONE_SURROGATE;
}

/** The number in `\uXXXX`, or NaN. */
function codeUnit(data: Uint8Array, at: number): number {
  if (data[at] !== BACKSLASH || data[at + 1] !== LOWER_U) return Number.NaN;
  let unit = 0;
  for (let digit = at + 2; digit < at + ESCAPE_LENGTH; digit++) unit = unit * 16 + hexValue(data[digit] ?? 0);
  return unit;
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

/**
 * The framed record as one line of NDJSON, without its line feed.
 *
 * @param fields text of further fields, `"a":1,"b":2`, to stand behind the record's own
 */
export function toLine(data: Uint8Array, frame: Frame, fields?: Uint8Array): Uint8Array {
  const { start, end, empty, broken } = frame;
  if (fields === undefined || fields.length === 0) {
    if (broken) return withoutBreaks(Uint8Array.from(data.subarray(start, end)));
    return start === 0 && end === data.length ? data : data.subarray(start, end);
  }
  const body = end - start - 1;
  const line = Buffer.allocUnsafe(body + (empty ? 0 : 1) + fields.length + 1);
  line.set(data.subarray(start, end - 1));
  if (broken) withoutBreaks(line.subarray(0, body));
  let at = body;
  if (!empty) line[at++] = COMMA;
  line.set(fields, at);
  line[at + fields.length] = CLOSE_BRACE;
  return line;
}

/** Between tokens a space is as good as a line break; inside strings there are none. */
function withoutBreaks(bytes: Uint8Array): Uint8Array {
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === LINE_FEED || bytes[at] === RETURN) bytes[at] = SPACE;
  }
  return bytes;
}
