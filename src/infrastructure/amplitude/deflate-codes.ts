/** RFC 1951, 3.2: codes of at most 15 bits. */
const MAX_CODE_BITS = 15;
const END_OF_BLOCK = 256;
const FIRST_LENGTH_SYMBOL = 257;

/** Extra bits behind each length symbol, and behind each distance symbol. */
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** What an entry says besides the bits to skip, which are in its lower six: a literal says nothing. */
export const IS_MATCH = 64;
export const IS_END = 128;
export const SKIP_BITS = 63;

/**
 * What to do for the next bits of a stream: by as many bits as the longest code has, the bits to skip (those of the code
 * and the extra bits behind it) and what it was. 0: no code begins like this.
 */
export interface CodeTable {
  readonly entries: Uint8Array;
  readonly mask: number;
}

/** @returns undefined when the lengths do not make a code */
export function literalTable(lengths: Uint8Array): CodeTable | undefined {
  return tableOf(lengths, LITERAL_VALUES);
}

export function distanceTable(lengths: Uint8Array): CodeTable | undefined {
  return tableOf(lengths, DISTANCE_VALUES);
}

/** The code of the lengths of the other two codes; an entry is its bits and, above them, its symbol. */
export function lengthTable(lengths: Uint8Array): CodeTable | undefined {
  return tableOf(lengths, LENGTH_VALUES);
}

/** How many bits of an entry of the length table are the bits to skip. */
export const LENGTH_CODE_BITS = 3;

export const FIXED_LITERALS = Uint8Array.from({ length: 288 }, (_, symbol) => {
  if (symbol < 144) return 8;
  if (symbol < 256) return 9;
  return symbol < 280 ? 7 : 8;
});
export const FIXED_DISTANCES = new Uint8Array(30).fill(5);

/** What is added to the bits of the code of each symbol. */
const LITERAL_VALUES = Uint8Array.from({ length: 288 }, (_, symbol) => {
  if (symbol === END_OF_BLOCK) return IS_END;
  return symbol < FIRST_LENGTH_SYMBOL ? 0 : IS_MATCH + (LENGTH_EXTRA[symbol - FIRST_LENGTH_SYMBOL] ?? 0);
});
const DISTANCE_VALUES = Uint8Array.from({ length: 32 }, (_, symbol) => DISTANCE_EXTRA[symbol] ?? 0);
const LENGTH_VALUES = Uint8Array.from({ length: 19 }, (_, symbol) => symbol << LENGTH_CODE_BITS);

/**
 * RFC 1951, 3.2.2: shorter codes first, then by symbol; in the stream the first bit of a code is its highest. An index that
 * begins with a code of some bits says the same whatever its higher bits are: so the table is doubled from length to length.
 */
function tableOf(lengths: Uint8Array, values: Uint8Array): CodeTable | undefined {
  const next = firstCodes(lengths);
  if (next === undefined) return undefined;
  const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
  const entries = new Uint8Array(1 << longest);
  for (let length = 1; length <= longest; length += 1) {
    const half = 1 << (length - 1);
    entries.copyWithin(half, 0, half);
    let code = next[length] ?? 0;
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      if (lengths[symbol] !== length) continue;
      entries[reversed(code, length)] = length + (values[symbol] ?? 0);
      code += 1;
    }
  }
  return { entries, mask: entries.length - 1 };
}

/** The first code of each length; undefined when there are more codes than numbers of that length. */
function firstCodes(lengths: Uint8Array): Uint32Array | undefined {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  const next = new Uint32Array(MAX_CODE_BITS + 2);
  for (let bits = 1; bits <= MAX_CODE_BITS; bits += 1) {
    const end = (next[bits] ?? 0) + (counts[bits] ?? 0);
    if (end > 1 << bits) return undefined;
    next[bits + 1] = end * 2;
  }
  return next;
}

function reversed(code: number, length: number): number {
  let [rest, result] = [code, 0];
  for (let bit = 0; bit < length; bit += 1) {
    result = (result << 1) | (rest & 1);
    rest >>>= 1;
  }
  return result;
}

/** What the table says to the next bits, of which it looks at 15 at most. */
export function entryAt({ entries, mask }: CodeTable, bytes: Uint8Array, bit: number): number {
  return entries[bitsAt(bytes, bit, MAX_CODE_BITS) & mask] ?? 0;
}

/** At most 16 bits, which lie in three bytes. */
export function bitsAt(bytes: Uint8Array, bit: number, count: number): number {
  const at = bit >>> 3;
  const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (word >>> (bit & 7)) & ((1 << count) - 1);
}
