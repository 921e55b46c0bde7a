import { Buffer } from 'node:buffer';
import { type CellCheck, type CellFault, FITS, skipSpaces, trimSpaces } from './cell-check.js';
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
const POINT = 0x2e;
const ZERO = 0x30;
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
    const shape = plainShape(bytes, from, to) ?? anyShape(bytes, from, to);
    if (shape === undefined) return NO_NUMBER;
    const fault = judge(shape);
    if (fault !== undefined || !isBounded) return fault;
    const value = Number(latin(bytes, from, to));
    if (magnitude !== undefined && Math.abs(value) > magnitude) return tooLarge;
    return bounds(value);
  };
}

/** Digits that count before and after the point. */
interface Shape {
  whole: number;
  fraction: number;
}

/** One for all calls: no allocation per cell. */
const shape: Shape = { whole: 0, fraction: 0 };

/** `-12.340`, which is nearly every amount; anything else is left to `anyShape`. */
function plainShape(bytes: Uint8Array, from: number, to: number): Shape | undefined {
  let at = bytes[from] === 0x2d ? from + 1 : from;
  const first = at;
  while (at < to && isDigit(bytes[at] as number)) at += 1; // at < to
  const whole = at;
  let last = at;
  if (at < to && bytes[at] === POINT) {
    at += 1;
    last = at;
    for (; at < to && isDigit(bytes[at] as number); at += 1) if (bytes[at] !== ZERO) last = at + 1; // at < to
  }
  if (at < to || whole === first) return undefined;
  let leading = first;
  while (leading < whole && bytes[leading] === ZERO) leading += 1;
  shape.whole = whole - leading;
  shape.fraction = last > whole ? last - whole - 1 : 0;
  return shape;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

/** Exponents, a sign in front, a point without digits on one side: by the text. */
function anyShape(bytes: Uint8Array, from: number, to: number): Shape | undefined {
  const parts = DIGITS.exec(latin(bytes, from, to));
  if (parts === null) return undefined;
  const exponent = Number(parts[4] ?? 0);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const whole = parts[1] ?? '';
  const fraction = parts[2] ?? parts[3] ?? '';
  const digits = (whole + fraction).replace(/^0+/, '');
  const dropped = whole.length + fraction.length - digits.length;
  const point = whole.length - dropped + exponent; // where the point stands in `digits`
  const significant = digits.replace(/0+$/, '').length;
  shape.whole = significant === 0 ? 0 : Math.max(0, point);
  shape.fraction = significant === 0 ? 0 : Math.max(0, significant - point);
  return shape;
}

function digitFaults({ precision, scale = 0, maxScale }: DecimalBounds): (shape: Shape) => CellFault | undefined {
  const fractionDigits = Math.min(maxScale ?? Number.POSITIVE_INFINITY, precision === undefined ? Infinity : scale);
  const wholeDigits = precision === undefined ? Number.POSITIVE_INFINITY : precision - scale;
  const tooFine: CellFault = { rule: 'scale', message: `has more than ${fractionDigits} digits after the point` };
  const tooLarge: CellFault = { rule: 'range', message: `has more than ${wholeDigits} digits before the point` };
  return ({ whole, fraction }) => (fraction > fractionDigits ? tooFine : whole > wholeDigits ? tooLarge : FITS);
}

function latin(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
