import {
  bitsAt,
  type CodeTable,
  distanceTable,
  entryAt,
  FIXED_DISTANCES,
  FIXED_LITERALS,
  LENGTH_CODE_BITS,
  lengthTable,
  literalTable,
} from './deflate-codes.js';

const LENGTH_CODE_MASK = 2 ** LENGTH_CODE_BITS - 1;
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The codes of a deflate block. */
export interface BlockCodes {
  readonly literals: CodeTable;
  readonly distances: CodeTable;
  /** What they take in the header of the block. */
  readonly bits: number;
}

export const FIXED_CODES = codesOf(FIXED_LITERALS, FIXED_DISTANCES, 0);

/**
 * The codes that a block describes (RFC 1951, 3.2.7). What is behind the last byte is taken for zeros: whether all bits
 * were there, whoever asks has to see.
 *
 * @returns undefined when it describes none
 */
export function readCodes(bytes: Uint8Array, start: number): BlockCodes | undefined {
  const header = new HeaderBits(bytes, start);
  const literalCount = header.take(5) + 257;
  const distanceCount = header.take(5) + 1;
  const lengthCount = header.take(4) + 4;
  const codeLengths = new Uint8Array(LENGTH_ORDER.length);
  for (const symbol of LENGTH_ORDER.slice(0, lengthCount)) codeLengths[symbol] = header.take(3);
  const lengths = readLengths(header, codeLengths, literalCount + distanceCount);
  if (lengths === undefined) return undefined;
  return codesOf(lengths.subarray(0, literalCount), lengths.subarray(literalCount), header.bit - start);
}

function codesOf(literalLengths: Uint8Array, distanceLengths: Uint8Array, bits: number): BlockCodes | undefined {
  const [literals, distances] = [literalTable(literalLengths), distanceTable(distanceLengths)];
  return literals && distances && { literals, distances, bits };
}

class HeaderBits {
  constructor(
    readonly bytes: Uint8Array,
    public bit: number,
  ) {}

  take(count: number): number {
    const value = bitsAt(this.bytes, this.bit, count);
    this.bit += count;
    return value;
  }
}

/** Lengths, with runs of them said in short. */
function readLengths(header: HeaderBits, codeLengths: Uint8Array, count: number): Uint8Array | undefined {
  const table = lengthTable(codeLengths);
  if (table === undefined) return undefined;
  const lengths = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const entry = entryAt(table, header.bytes, header.bit);
    if (entry === 0) return undefined;
    header.bit += entry & LENGTH_CODE_MASK;
    const symbol = entry >>> LENGTH_CODE_BITS;
    const run = runOf(header, symbol);
    const length = symbol === 16 ? (lengths[at - 1] ?? 0) : symbol > 16 ? 0 : symbol;
    if (at + run > count) return undefined;
    lengths.fill(length, at, at + run);
    at += run;
  }
  return lengths;
}

function runOf(header: HeaderBits, symbol: number): number {
  if (symbol < 16) return 1;
  if (symbol === 16) return 3 + header.take(2);
  return symbol === 17 ? 3 + header.take(3) : 11 + header.take(7);
}
