import { dayMs } from './calendar.js';

/** A point in time as a text tells it. */
export interface Moment {
  /** Milliseconds since 1970 of whole seconds; by the clock on the wall when there is no zone. */
  readonly ms: number;
  readonly hasZone: boolean;
}

/** Two readings of a text are refused, too: times without a day (ClickHouse takes this year's), and `1/2/24`. */
export type MomentFault = 'unclear' | 'impossible';

const DAY = /(\d{4})([-/.])(\d{1,2})\2(\d{1,2})/u.source;
const PACKED_DAY = /(\d{4})(\d\d)(\d\d)/u.source;
const CLOCK = /(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?)?/u.source;
const ZONE = / *(Z|UTC|GMT|[-+]\d\d(?::?\d\d)?)?/u.source;
const NUMBERED = new RegExp(`^ *${DAY}(?:(?:T| +)${CLOCK}${ZONE})? *$`, 'u');
const PACKED = new RegExp(`^${PACKED_DAY}(?:[T ]?(\\d\\d)(\\d\\d)(\\d\\d))?$`, 'u');
const NAMED = new RegExp(
  `^(?:[A-Z][a-z]{2},? )?(?:(\\d{1,2}) ([A-Z][a-z]{2})|([A-Z][a-z]{2}) (\\d{1,2})),? (\\d{4})(?: ${CLOCK}${ZONE})?$`,
  'u',
);
const EPOCH = /^(\d{9,10})(?:\d{3}|\d{6}|\d{9}|\.\d+)?$/u;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads the spellings that ClickHouse's `best_effort` reads without guessing. */
export function readMoment(text: string): Moment | MomentFault {
  const epoch = EPOCH.exec(text);
  if (epoch) return { ms: Number(epoch[1]) * 1000, hasZone: true };
  const numbered = NUMBERED.exec(text);
  if (numbered) {
    const [, year, , month, day, ...time] = numbered;
    return momentOf([year, month, day], time);
  }
  const packed = PACKED.exec(text);
  if (packed) return momentOf(packed.slice(1, 4), packed.slice(4));
  const [, day, month, month2, day2, year, ...time] = NAMED.exec(text) ?? [];
  const index = MONTHS.indexOf(month ?? month2 ?? '');
  return index < 0 ? 'unclear' : momentOf([year, String(index + 1), day ?? day2], time);
}

type Parts = readonly (string | undefined)[];

function momentOf(date: Parts, [hour, minute, second, , zone]: Parts): Moment | MomentFault {
  const midnight = dayMs(Number(date[0]), Number(date[1]), Number(date[2]));
  const clock = clockMs([hour, minute, second].map((part) => Number(part ?? 0)));
  const offset = offsetMinutes(zone);
  if (midnight === undefined || clock === undefined || offset === undefined) return 'impossible';
  const ms = midnight + clock - offset * 60_000;
  return { ms, hasZone: zone !== undefined };
}

function clockMs([hour = 0, minute = 0, second = 0]: readonly number[]): number | undefined {
  return hour < 24 && minute < 60 && second < 60 ? ((hour * 60 + minute) * 60 + second) * 1000 : undefined;
}

/** No place is further from Greenwich. */
const MOST_HOURS = 14;

function offsetMinutes(zone = 'Z'): number | undefined {
  const [, sign, hours, minutes = '0'] = /^([-+])(\d\d):?(\d\d)?$/u.exec(zone) ?? [];
  if (sign === undefined) return 0;
  if (Number(hours) > MOST_HOURS || Number(minutes) > 59) return undefined;
  const offset = Number(hours) * 60 + Number(minutes);
  return sign === '-' ? -offset : offset;
}
