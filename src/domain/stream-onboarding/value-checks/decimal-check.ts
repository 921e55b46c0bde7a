import { MINUS, POINT } from '../json-bytes.js';
import { EMPTY_NUMBER } from './integer-check.js';
import { goesOn, scalarText, skipDigits, type ValueCheck } from './value-check.js';

const NUMBER = /^[-+]?(?:\d+(?:\.(\d*))?|\.(\d+))(?:[eE]([-+]?\d{1,9}))?$/u;

/** Of `null`. */
const LETTER_N = 0x6e;

/** For decimals, of which ClickHouse cuts off the digits behind its scale, and takes what is no number for 0. */
export function decimalCheck(type: string, scale: number): ValueCheck {
  const tooFine = `A number with more digits behind the point than ${type} keeps.`;
  const noNumber = `Text that is no number, for ${type}.`;
  return (data, at) => {
    if (data[at] === LETTER_N || isPlain(data, at, scale)) return undefined;
    const text = scalarText(data, at);
    if (text === undefined || text === '') return text === '' ? EMPTY_NUMBER : undefined;
    const number = NUMBER.exec(text);
    if (number === null) return noNumber;
    return digitsBehindPoint(number) > scale ? tooFine : undefined;
  };
}

/** The usual number: digits, perhaps a point and not too many more digits. */
function isPlain(data: Uint8Array, start: number, scale: number): boolean {
  const first = data[start] === MINUS ? start + 1 : start;
  const point = skipDigits(data, first);
  const end = data[point] === POINT ? skipDigits(data, point + 1) : point;
  return point > first && end - point - 1 <= scale && !goesOn(data[end]);
}

/** How many digits behind the point are needed to write the number without an exponent; negative for 1e3. */
function digitsBehindPoint([text, behind, alone, exponent]: RegExpExecArray): number {
  const mantissa = text.replace(/[eE].*$/u, '').replaceAll(/[-+.]/gu, '');
  if (/^0*$/u.test(mantissa)) return 0;
  const trailingZeros = mantissa.length - mantissa.replace(/0+$/u, '').length;
  return (behind ?? alone ?? '').length - trailingZeros - Number(exponent ?? 0);
}
