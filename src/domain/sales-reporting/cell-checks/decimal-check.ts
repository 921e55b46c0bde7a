import { Buffer } from 'node:buffer';
import { type CellCheck, type CellFault, FITS, skipSpaces, trimSpaces } from './cell-check.js';
import { digitsEnd, digitsValue, withoutZerosBehind, withoutZerosInFront } from './digits.js';
import { boundFaults } from './whole-number-check.js';

export interface DecimalBounds {
  /** Of `numeric(p, s)`; undefined for one without bounds. */
  readonly precision?: number;
  readonly scale?: number;
  /** Digits after the point that the schema allows; zeros at the end do not count. */
  readonly maxScale?: number;
  readonly min?: number;
  readonly max?: number;
  /** For `real` and `double precision`: the largest magnitude. */
  readonly magnitude?: number;
}

const DIGITS = /^[+-]?(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,5}))?$/;
/** Digits of an exponent alone could make a number longer than any column holds. */
const MAX_EXPONENT = 10_000;
const MINUS = 0x2d;
const POINT = 0x2e;
const NO_NUMBER: CellFault = { rule: 'type', message: 'is not a number' };

/**
 * A decimal number, `NaN` and infinities excluded. PostgreSQL would round digits that the column does not keep without a
 * word; here they are a fault, because these are amounts of money.
 */
export function decimalCheck(limits: DecimalBounds): CellCheck {
  const judge = digitFaults(limits);
  const bounds = boundFaults(limits.min, limits.max);
  const { magnitude } = limits;
  const isBounded = limits.min !== undefined || limits.max !== undefined || magnitude !== undefined;
  const tooLarge: CellFault = { rule: 'range', message: 'is larger than the column holds' };
  return (bytes, start, stop) => {
    const from = skipSpaces(bytes, start, stop);
    const to = trimSpaces(bytes, from, stop);
    if (!readPlain(bytes, from, to) && !readAny(bytes, from, to)) return NO_NUMBER;
    const fault = judge(shape);
    if (fault !== undefined || !isBounded) return fault;
    if (magnitude !== undefined && Math.abs(shape.value) > magnitude) return tooLarge;
    return bounds(shape.value);
  };
}

/** Digits that count before and after the point, and the number itself. */
interface Shape {
  whole: number;
  fraction: number;
  value: number;
}

/** One for all calls: no allocation per cell. */
const shape: Shape = { whole: 0, fraction: 0, value: 0 };

/** So many digits are exact in a double, and so is their division by a power of ten. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** `-12.340`, which is nearly every amount; anything else is left to `readAny`. */
function readPlain(bytes: Uint8Array, from: number, to: number): boolean {
  const first = bytes[from] === MINUS ? from + 1 : from;
  const point = digitsEnd(bytes, first, to);
  const hasPoint = point < to && bytes[point] === POINT;
  const fraction = hasPoint ? point + 1 : point;
  if (point === first || to - first > EXACT_DIGITS || digitsEnd(bytes, fraction, to) !== to) return false;
  shape.whole = point - withoutZerosInFront(bytes, first, point);
  shape.fraction = withoutZerosBehind(bytes, fraction, to) - fraction;
  const power = POWERS[to - fraction] as number; // fewer than EXACT_DIGITS
  const value = (digitsValue(bytes, first, point) * power + digitsValue(bytes, fraction, to)) / power;
  shape.value = first === from ? value : -value;
  return true;
}

/** Exponents, a sign in front, a point without digits on one side, many digits: by the text. */
function readAny(bytes: Uint8Array, from: number, to: number): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  const parts = DIGITS.exec(text);
  const exponent = Number(parts?.[4] ?? 0);
  if (parts === null || Math.abs(exponent) > MAX_EXPONENT) return false;
  const whole = parts[1] ?? '';
  const fraction = parts[2] ?? parts[3] ?? '';
  const digits = (whole + fraction).replace(/^0+/, '');
  const dropped = whole.length + fraction.length - digits.length;
  const point = whole.length - dropped + exponent; // where the point stands in `digits`
  const significant = digits.replace(/0+$/, '').length;
  shape.whole = significant === 0 ? 0 : Math.max(0, point);
  shape.fraction = significant === 0 ? 0 : Math.max(0, significant - point);
  shape.value = Number(text);
  return true;
}

function digitFaults({ precision, scale = 0, maxScale }: DecimalBounds): (shape: Shape) => CellFault | undefined {
  const fractionDigits = Math.min(maxScale ?? Number.POSITIVE_INFINITY, precision === undefined ? Infinity : scale);
  const wholeDigits = precision === undefined ? Number.POSITIVE_INFINITY : precision - scale;
  const tooFine: CellFault = { rule: 'scale', message: `has more than ${fractionDigits} digits after the point` };
  const tooLarge: CellFault = { rule: 'range', message: `has more than ${wholeDigits} digits before the point` };
  return ({ whole, fraction }) => (fraction > fractionDigits ? tooFine : whole > wholeDigits ? tooLarge : FITS);
}
