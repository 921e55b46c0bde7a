import { Buffer } from 'node:buffer';
import { type CellCheck, type CellFault, FITS, skipSpaces, trimSpaces } from './cell-check.js';
import { digitsEnd, digitsValue } from './digits.js';

export interface WholeNumberBounds {
  /** What the column's type can hold; undefined for any. */
  readonly holds?: { readonly type: string; readonly bits: 16 | 32 | 64 };
  readonly min?: number;
  readonly max?: number;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
/** So many digits are exact in a double. */
const EXACT_DIGITS = 15;
const NO_NUMBER: CellFault = { rule: 'type', message: 'is not a whole number' };

/** A sign and digits, within the type and the bounds. */
export function wholeNumberCheck({ holds, min, max }: WholeNumberBounds): CellCheck {
  const limit = holds === undefined ? Number.POSITIVE_INFINITY : 2 ** (holds.bits - 1);
  const exactLimit = holds === undefined ? undefined : 2n ** BigInt(holds.bits - 1);
  const outside: CellFault = { rule: 'range', message: `is outside of what ${holds?.type ?? 'the column'} holds` };
  const bounds = boundFaults(min, max);
  return (bytes, start, stop) => {
    const from = skipSpaces(bytes, start, stop);
    const end = trimSpaces(bytes, from, stop);
    const isNegative = bytes[from] === MINUS;
    const first = isNegative || bytes[from] === PLUS ? from + 1 : from;
    if (first >= end || digitsEnd(bytes, first, end) !== end) return NO_NUMBER;
    const value = isNegative ? -digitsValue(bytes, first, end) : digitsValue(bytes, first, end);
    if (end - first > EXACT_DIGITS && exactLimit !== undefined) {
      if (!holdsExactly(bytes.subarray(first, end), isNegative, exactLimit)) return outside;
    } else if (value >= limit || value < -limit) return outside;
    return bounds(value);
  };
}

function holdsExactly(digits: Uint8Array, isNegative: boolean, limit: bigint): boolean {
  const value = BigInt(Buffer.from(digits).toString('latin1'));
  return isNegative ? value <= limit : value < limit;
}

/** Bounds of any number; both belong to what is allowed. */
export function boundFaults(
  min: number | undefined,
  max: number | undefined,
): (value: number) => CellFault | undefined {
  const low = min ?? Number.NEGATIVE_INFINITY;
  const high = max ?? Number.POSITIVE_INFINITY;
  const tooLow: CellFault = { rule: 'min', message: `is below ${low}` };
  const tooHigh: CellFault = { rule: 'max', message: `is above ${high}` };
  return (value) => (value < low ? tooLow : value > high ? tooHigh : FITS);
}
