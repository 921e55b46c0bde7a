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
  return tableOf(lengths, (symbol) => {
    if (symbol === END_OF_BLOCK) return IS_END;
    return symbol < FIRST_LENGTH_SYMBOL ? 0 : IS_MATCH + (LENGTH_EXTRA[symbol - FIRST_LENGTH_SYMBOL] ?? 0);
  });
}

export function distanceTable(lengths: Uint8Array): CodeTable | undefined {
  return tableOf(lengths, (symbol) => DISTANCE_EXTRA[symbol] ?? 0);
}

/** Symbols of a code as numbers, for the lengths of the other two codes; at most 7 bits each. */
export interface SymbolTable {
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly mask: number;
}

export function symbolTable(lengths: Uint8Array): SymbolTable | undefined {
  const codes = canonicalCodes(lengths);
  if (codes === undefined) return undefined;
  const symbols = new Uint8Array(codes.size);
  const bits = new Uint8Array(codes.size);
  codes.forEach((index, symbol, length) => {
    symbols[index] = symbol;
    bits[index] = length;
  });
  return { symbols, bits, mask: codes.size - 1 };
}

export const FIXED_LITERALS = Uint8Array.from({ length: 288 }, (_, symbol) => {
  if (symbol < 144) return 8;
  if (symbol < 256) return 9;
  return symbol < 280 ? 7 : 8;
});
export const FIXED_DISTANCES = new Uint8Array(30).fill(5);

function tableOf(lengths: Uint8Array, more: (symbol: number) => number): CodeTable | undefined {
  const codes = canonicalCodes(lengths);
  if (codes === undefined) return undefined;
  const entries = new Uint8Array(codes.size);
  codes.forEach((index, symbol, length) => {
    entries[index] = length + more(symbol);
  });
  return { entries, mask: codes.size - 1 };
}

interface Codes {
  readonly size: number;
  /** Every index of the table that begins with the code of a symbol. */
  forEach(visit: (index: number, symbol: number, length: number) => void): void;
}

/** RFC 1951, 3.2.2: shorter codes first, then by symbol; in the stream the first bit of a code is its highest. */
function canonicalCodes(lengths: Uint8Array): Codes | undefined {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  const next = new Uint32Array(MAX_CODE_BITS + 2);
  let longest = 1;
  for (let bits = 1; bits <= MAX_CODE_BITS; bits += 1) {
    next[bits + 1] = ((next[bits] ?? 0) + (counts[bits] ?? 0)) << 1;
    if ((next[bits] ?? 0) + (counts[bits] ?? 0) > 2 ** bits) return undefined;
    if (counts[bits]) longest = bits;
  }
  const size = 2 ** longest;
  return { size, forEach: (visit) => visitCodes(lengths, next, { size, visit }) };
}

interface Visit {
  readonly size: number;
  readonly visit: (index: number, symbol: number, length: number) => void;
}

function visitCodes(lengths: Uint8Array, next: Uint32Array, { size, visit }: Visit): void {
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const code = next[length] ?? 0;
    next[length] = code + 1;
    for (let index = reversed(code, length); index < size; index += 2 ** length) visit(index, symbol, length);
  });
}

function reversed(code: number, length: number): number {
  let [rest, result] = [code, 0];
  for (let bit = 0; bit < length; bit += 1) {
    result = (result << 1) | (rest & 1);
    rest >>>= 1;
  }
  return result;
}
