/** Of the wire format, what is needed to read a message of known shape: numbers, byte strings, and skipping the rest. */
export type WireValue = number | Uint8Array | undefined;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;

/**
 * Reads the fields of one message in order. Bounded: it looks at each byte once and copies none.
 *
 * @param onField gets the field's number and value (undefined for fixed-width ones); answers whether to go on
 * @returns whether the whole message was well-formed and wanted
 */
export function readMessage(bytes: Uint8Array, onField: (field: number, value: WireValue) => boolean): boolean {
  const at = { offset: 0 };
  while (at.offset < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) return false;
    const field = Math.floor(tag / 8);
    const value = readValue(bytes, at, tag % 8);
    if (field === 0 || value === MALFORMED || !onField(field, value)) return false;
  }
  return true;
}

const MALFORMED = Symbol('malformed');

function readValue(bytes: Uint8Array, at: { offset: number }, wireType: number): WireValue | typeof MALFORMED {
  switch (wireType) {
    case VARINT:
      return readVarint(bytes, at) ?? MALFORMED;
    case BYTES: {
      const length = readVarint(bytes, at);
      return length === undefined ? MALFORMED : take(bytes, at, length);
    }
    case FIXED64:
      return skip(bytes, at, 8);
    case FIXED32:
      return skip(bytes, at, 4);
    default:
      return MALFORMED;
  }
}

function take(bytes: Uint8Array, at: { offset: number }, length: number): Uint8Array | typeof MALFORMED {
  const end = at.offset + length;
  if (end > bytes.length) return MALFORMED;
  const part = bytes.subarray(at.offset, end);
  at.offset = end;
  return part;
}

function skip(bytes: Uint8Array, at: { offset: number }, length: number): undefined | typeof MALFORMED {
  return take(bytes, at, length) === MALFORMED ? MALFORMED : undefined;
}

/** Numbers beyond 2^53 come out inexact, which is fine: no index and no length is that large. */
function readVarint(bytes: Uint8Array, at: { offset: number }): number | undefined {
  let value = 0;
  let factor = 1;
  for (let count = 0; count < MAX_VARINT_BYTES; count++) {
    const byte = bytes[at.offset];
    if (byte === undefined) return undefined;
    at.offset += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 128;
  }
  return undefined;
}
