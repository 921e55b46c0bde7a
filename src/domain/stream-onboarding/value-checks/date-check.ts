import { QUOTE } from '../json-bytes.js';
import { DAY_MS, dayMs, FIRST_DAY_MS, LAST_DAY_MS } from './calendar.js';
import { integerWithin } from './integer-check.js';
import { scalarText, type ValueCheck } from './value-check.js';

/** Spellings that ClickHouse takes; any byte may stand between the numbers. */
const DATE = /^(\d{4})(?:(\d\d)(\d\d)|\D(\d{1,2})\D(\d{1,2}))$/u;

const LAST_DATE_MS = 65_535 * DAY_MS;

export const dateCheck = checkOfDays('Date', 0, LAST_DATE_MS);
export const date32Check = checkOfDays('Date32', FIRST_DAY_MS, LAST_DAY_MS);

/** For days: ClickHouse makes another day of one that does not exist or is out of range. A number counts days since 1970. */
function checkOfDays(type: string, firstMs: number, lastMs: number): ValueCheck {
  const outside = `A day outside the range of ${type}.`;
  const impossible = `A day that does not exist, for ${type}.`;
  const count = integerWithin(BigInt(firstMs / DAY_MS), BigInt(lastMs / DAY_MS), outside);
  return (data, at) => {
    if (data[at] !== QUOTE) return count(data, at);
    const [whole, year, month, day, month2, day2] = DATE.exec(scalarText(data, at) ?? '') ?? [];
    if (whole === undefined) return undefined;
    const ms = dayMs(Number(year), Number(month ?? month2), Number(day ?? day2));
    if (ms === undefined) return impossible;
    return ms < firstMs || ms > lastMs ? outside : undefined;
  };
}
