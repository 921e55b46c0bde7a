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

/** How far from the end of a line `uuid` is looked for: Amplitude sorts fields by name, so that it is one of the last. */
const TAIL_BYTES = 512;

/**
 * Finds the ids of one event without parsing it: its fields on the first level. Where a name is repeated, which JSON leaves
 * open and Amplitude does not do, either one is taken. Texts are compared as they are written: an id that is escaped in two
 * ways counts as two. One instance serves any number of lines; what it found holds until the next scan.
 */
export class EventIds {
  readonly uuid: Span = { start: 0, end: 0 };
  readonly insertId: Span = { start: 0, end: 0 };
  readonly deviceId: Span = { start: 0, end: 0 };
  /** Names on the first level that were met, and those with which the reading ends. */
  private met = 0;
  private enough = NEVER_MET;

  /** @returns whether the line begins and ends as one JSON object does; not whether JSON.parse would take it */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    for (const span of [this.uuid, this.insertId, this.deviceId]) span.start = span.end = 0;
    this.met = 0;
    const at = skipSpace(bytes, start, end);
    if (bytes[at] !== OPEN_BRACE) return false;
    // The end of the line having been read, what lies between the last of the other names and it need not be.
    const isTailRead = this.readTail(bytes, at, end);
    this.enough = isTailRead ? ALL_MET : NEVER_MET;
    return this.readObject(bytes, at, end) || isTailRead;
  }

  /** Reads on from the opening brace. @returns whether the object ends where the line does */
  private readObject(bytes: Uint8Array, brace: number, end: number): boolean {
    let [at, depth] = [brace, 0];
    while (at < end && this.met !== this.enough) {
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

  /**
   * Takes `uuid` from the end of the line, where what follows it proves that it is on the first level.
   *
   * @returns whether it was there, and the line ends as an object
   */
  private readTail(bytes: Uint8Array, start: number, end: number): boolean {
    const quote = lastUuid(bytes, Math.max(start, end - TAIL_BYTES), end);
    if (quote < 0 || bytes[quote - 1] === BACKSLASH) return false;
    const closing = quote + 1 + UUID.length;
    if (bytes[skipSpace(bytes, closing + 1, end)] !== COLON || !closesAtEnd(bytes, closing + 1, end)) return false;
    this.afterText(bytes, quote + 1, closing, end);
    return true;
  }

  /** A text on the first level with a colon behind it is a name; takes its value where it is a text, too. */
  private afterText(bytes: Uint8Array, start: number, closing: number, end: number): number {
    const span = this.named(bytes, start, closing - start);
    if (span === undefined) return closing + 1;
    const colon = skipSpace(bytes, closing + 1, end);
    if (bytes[colon] !== COLON) return closing + 1;
    this.met |= this.bitOf(span);
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

  private bitOf(span: Span): number {
    if (span === this.uuid) return UUID_MET;
    return span === this.insertId ? INSERT_ID_MET : DEVICE_ID_MET;
  }
}

const UUID_MET = 1;
const INSERT_ID_MET = 2;
const DEVICE_ID_MET = 4;
const ALL_MET = 7;
const NEVER_MET = 8;

/** The opening quote of the last text that is `uuid`; -1 for none. A quote that is escaped may look like one. */
function lastUuid(bytes: Uint8Array, from: number, end: number): number {
  for (let at = end - UUID.length - 2; at >= from; at -= 1) {
    if (bytes[at] === QUOTE && bytes[at + UUID.length + 1] === QUOTE && isAt(bytes, at + 1, UUID)) return at;
  }
  return -1;
}

/** Whether what is open on the first level at `from`, outside of any text, closes exactly at the end. */
function closesAtEnd(bytes: Uint8Array, from: number, end: number): boolean {
  let depth = 1;
  for (let at = from; at < end;) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfText(bytes, at + 1, end) + 1;
      continue;
    }
    at += 1;
    if ((byte | SQUARE_TO_CURLY) === OPEN_BRACE) depth += 1;
    else if ((byte | SQUARE_TO_CURLY) === CLOSE_BRACE) depth -= 1;
    if (depth === 0) return byte === CLOSE_BRACE && skipSpace(bytes, at, end) === end;
  }
  return false;
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
