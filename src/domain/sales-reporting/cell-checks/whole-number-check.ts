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
  const bounds = boundFaults(min, max);
  const isHeld = holds === undefined ? undefined : heldBy(holds.bits);
  const outside: CellFault = { rule: 'range', message: `is outside of what ${holds?.type ?? 'the column'} holds` };
  return (bytes, start, stop) => {
    const from = skipSpaces(bytes, start, stop);
    const end = trimSpaces(bytes, from, stop);
    const isNegative = bytes[from] === MINUS;
    const first = isNegative || bytes[from] === PLUS ? from + 1 : from;
    if (first >= end || digitsEnd(bytes, first, end) !== end) return NO_NUMBER;
    const value = isNegative ? -digitsValue(bytes, first, end) : digitsValue(bytes, first, end);
    if (isHeld !== undefined && !isHeld(value, bytes, from, end)) return outside;
    return bounds(value);
  };
}

type Held = (value: number, bytes: Uint8Array, from: number, end: number) => boolean;

/** Whether a signed integer of so many bits can be this number; by its digits where a double is not exact. */
function heldBy(bits: number): Held {
  const limit = 2 ** (bits - 1);
  const exactLimit = 2n ** BigInt(bits - 1);
  return (value, bytes, from, end) => {
    if (end - from <= EXACT_DIGITS) return value < limit && value >= -limit;
    const exact = BigInt(Buffer.from(bytes.subarray(from, end)).toString('latin1').replace('+', ''));
    return exact < exactLimit && exact >= -exactLimit;
  };
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
