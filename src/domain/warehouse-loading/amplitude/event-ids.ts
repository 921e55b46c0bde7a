const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** The bit in which square brackets differ from curly ones. */
const SQUARE_TO_CURLY = 0x20;

/** Names of the fields that tell one event from another, as bytes. */
const UUID = bytesOf('uuid');
const INSERT_ID = bytesOf('$insert_id');
const DEVICE_ID = bytesOf('device_id');

/** Where a text lies in the scanned bytes, without its quotes; empty when there is none. */
export interface Span {
  start: number;
  end: number;
}

/**
 * Finds the ids of one event without parsing it: its fields on the first level, of which the last counts where a name is
 * repeated, as with JSON.parse. Texts are compared as they are written: an id that is escaped in two ways counts as two.
 * One instance serves any number of lines; what it found holds until the next scan.
 */
export class EventIds {
  readonly uuid: Span = { start: 0, end: 0 };
  readonly insertId: Span = { start: 0, end: 0 };
  readonly deviceId: Span = { start: 0, end: 0 };

  /** @returns whether the line has the shape of one JSON object; not whether JSON.parse would take it */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    for (const span of [this.uuid, this.insertId, this.deviceId]) span.start = span.end = 0;
    let at = skipSpace(bytes, start, end);
    if (bytes[at] !== OPEN_BRACE) return false;
    let depth = 0;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        const closing = endOfText(bytes, at + 1, end);
        at = depth === 1 ? this.afterText(bytes, at + 1, closing, end) : closing + 1;
        continue;
      }
      at += 1;
      if ((byte | SQUARE_TO_CURLY) === OPEN_BRACE) depth += 1;
      else if ((byte | SQUARE_TO_CURLY) === CLOSE_BRACE) depth -= 1;
      if (depth === 0) return skipSpace(bytes, at, end) === end;
    }
    return false;
  }

  /** A text on the first level with a colon behind it is a name; takes its value where it is a text, too. */
  private afterText(bytes: Uint8Array, start: number, closing: number, end: number): number {
    const span = this.named(bytes, start, closing - start);
    if (span === undefined) return closing + 1;
    const colon = skipSpace(bytes, closing + 1, end);
    if (bytes[colon] !== COLON) return closing + 1;
    const value = skipSpace(bytes, colon + 1, end);
    span.start = span.end = 0;
    if (bytes[value] !== QUOTE) return value;
    span.start = value + 1;
    span.end = endOfText(bytes, value + 1, end);
    return span.end + 1;
  }

  private named(bytes: Uint8Array, start: number, length: number): Span | undefined {
    if (length === UUID.length) return isAt(bytes, start, UUID) ? this.uuid : undefined;
    if (length === INSERT_ID.length) return isAt(bytes, start, INSERT_ID) ? this.insertId : undefined;
    return length === DEVICE_ID.length && isAt(bytes, start, DEVICE_ID) ? this.deviceId : undefined;
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (bytes[at + index] !== wanted[index]) return false;
  return true;
}

/** The index of the closing quote, or `end`. */
function endOfText(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return end;
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  // Of what JSON calls white space, the control characters are all below the space.
  while (at < end && (bytes[at] ?? 0) <= SPACE) at += 1;
  return at;
}
