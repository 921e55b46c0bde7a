import { MINUS, POINT, QUOTE } from '../json-bytes.js';
import { goesOn, isBareNumber, scalarText, skipDigits, type ValueCheck } from './value-check.js';

/** A width of floats: what it holds surely, and what it makes of a double. */
interface Width {
  /** Integers of so many digits are exact. */
  readonly wholeDigits: number;
  /** Numbers of so many significant digits, at least one of them behind the point, were written from such a float. */
  readonly digits: number;
  readonly round: (value: number) => number;
  /** Whether an integer reads back as it was. */
  readonly keeps: (digits: string, value: number) => boolean;
}

const FLOAT64: Width = {
  wholeDigits: 15,
  digits: 17,
  round: (value) => value,
  keeps: (digits, value) => significant(String(value)) === significant(digits) || BigInt(value) === BigInt(digits),
};

/** Whoever chose narrow floats wants fractions to be rounded. */
const FLOAT32: Width = {
  wholeDigits: 7,
  digits: Number.POSITIVE_INFINITY,
  round: Math.fround,
  keeps: (digits, value) => BigInt(Math.fround(value)) === BigInt(digits) || isShortest(digits, value),
};

const BFLOAT16: Width = {
  wholeDigits: Number.POSITIVE_INFINITY,
  digits: Number.POSITIVE_INFINITY,
  round: Math.fround,
  keeps: () => true,
};

/** Neither overflow nor underflow can reach numbers of this length that have no exponent. */
const SHORT = 30;
const ZERO = 0x30;
const NUMBER = /^[-+]?(?=\.?\d)(\d*)(\.\d*)?(?:[eE][-+]?\d+)?$/u;

export const float64Check = floatCheck('Float64', FLOAT64);
export const float32Check = floatCheck('Float32', FLOAT32);
export const bfloat16Check = floatCheck('BFloat16', BFLOAT16);

/** For floats, which make infinity or 0 of what is out of their range, and round what has too many digits. */
function floatCheck(type: string, width: Width): ValueCheck {
  return (data, at) => {
    if (isPlain(data, at, width) || (data[at] !== QUOTE && !isBareNumber(data, at))) return undefined;
    return unkept(scalarText(data, at) ?? '', type, width);
  };
}

/** The usual number: short, without an exponent and without quotes. */
function isPlain(data: Uint8Array, start: number, { wholeDigits, digits }: Width): boolean {
  const first = data[start] === MINUS ? start + 1 : start;
  const point = skipDigits(data, first);
  const isWhole = data[point] !== POINT;
  const end = isWhole ? point : skipDigits(data, point + 1);
  if (point === first || end - first > SHORT || goesOn(data[end])) return false;
  // A leading 0 is not significant, and the point is no digit.
  const length = end - first - (isWhole ? 0 : 1) - (data[first] === ZERO ? 1 : 0);
  return length <= (isWhole ? wholeDigits : digits);
}

function unkept(text: string, type: string, width: Width): string | undefined {
  const number = NUMBER.exec(text);
  if (number === null) return undefined;
  const [whole, before = '', behind] = number;
  const value = Math.abs(Number(whole));
  const digits = significant(whole);
  const rounded = width.round(value);
  if (!Number.isFinite(rounded)) return `A number too large for ${type}.`;
  if (rounded === 0 && digits !== '') return `A number too small for ${type}.`;
  const isWhole = behind === undefined && !/e/iu.test(whole);
  const kept = isWhole ? width.keeps(before.replace(/^0+(?=.)/u, ''), value) : digits.length <= width.digits;
  return kept ? undefined : `A number with more digits than ${type} keeps.`;
}

/** The digits of a number without its sign, its point, its exponent, and the zeros around. */
function significant(text: string): string {
  return text
    .replace(/[eE].*$/u, '')
    .replaceAll(/[-+.]/gu, '')
    .replace(/^0+/u, '')
    .replace(/0+$/u, '');
}

/** Whether the integer is how the Float32 next to it is written, with the fewest digits. */
function isShortest(digits: string, value: number): boolean {
  if (significant(digits).length > 9) return false;
  const kept = Math.fround(value);
  for (let precision = 1; precision < 9; precision++) {
    const written = Number(kept.toPrecision(precision));
    if (Math.fround(written) === kept) return written === value;
  }
  return Number(kept.toPrecision(9)) === value;
}
