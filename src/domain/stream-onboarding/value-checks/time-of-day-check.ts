import { QUOTE } from '../json-bytes.js';
import { integerWithin } from './integer-check.js';
import { scalarText, type ValueCheck } from './value-check.js';

const TIME = /^-?\d{1,3}:[0-5]\d:[0-5]\d(?:\.(\d*))?$/u;
const MOST_SECONDS = 999 * 3600 + 59 * 60 + 59;

/** For lengths of time up to 999:59:59, beyond which ClickHouse clamps. */
export function timeOfDayCheck(type: string, scale: number): ValueCheck {
  const most = BigInt(MOST_SECONDS + 1) * 10n ** BigInt(scale) - 1n;
  const within = integerWithin(-most, most, `A time outside the range of ${type}.`);
  return (data, at) => {
    if (data[at] !== QUOTE) return within(data, at);
    const [whole, fraction = ''] = TIME.exec(scalarText(data, at) ?? '') ?? [];
    if (whole === undefined) return `Text that ${type} would have to guess at.`;
    const kept = fraction.replace(/0+$/u, '').length <= scale;
    return kept ? undefined : `A time with more digits behind the point than ${type} keeps.`;
  };
}
