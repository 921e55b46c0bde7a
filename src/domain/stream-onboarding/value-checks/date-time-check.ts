import { COLON, isDigit, MINUS, POINT, QUOTE } from '../json-bytes.js';
import { DAY_MS, FIRST_DAY_MS, LAST_DAY_MS } from './calendar.js';
import { integerWithin } from './integer-check.js';
import { readMoment } from './moment.js';
import { scalarText, type ValueCheck } from './value-check.js';

/** A type of points in time: how fine, and from when to when, in milliseconds since 1970. */
interface Span {
  readonly type: string;
  readonly scale: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Where the clock of a text without a zone hangs; undefined: the server's, taken for UTC. */
  readonly zone: string | undefined;
}

const LAST_SECOND = 2 ** 32 - 1;
const MOST_TICKS = 2n ** 63n - 1n;

export function dateTimeCheck(zone: string | undefined): ValueCheck {
  return checkOfMoments({ type: 'DateTime', scale: 0, firstMs: 0, lastMs: LAST_SECOND * 1000, zone });
}

export function dateTime64Check(scale: number, zone: string | undefined): ValueCheck {
  const lastMs = LAST_DAY_MS + DAY_MS - 1000;
  return checkOfMoments({ type: `DateTime64(${scale})`, scale, firstMs: FIRST_DAY_MS, lastMs, zone });
}

/**
 * For points in time, of which ClickHouse takes an hour 25 for the next day's first, and clamps what
 * is out of range. A number counts seconds, or for DateTime64 its own ticks, since 1970.
 */
function checkOfMoments(span: Span): ValueCheck {
  const { type, scale, firstMs, lastMs } = span;
  const perSecond = 10n ** BigInt(scale);
  const outside = `A time outside the range of ${type}.`;
  const most = BigInt(lastMs / 1000 + 1) * perSecond - 1n;
  const ticks = integerWithin(BigInt(firstMs / 1000) * perSecond, most < MOST_TICKS ? most : MOST_TICKS, outside);
  // Years in which no zone leads out of the range.
  const years = [new Date(firstMs).getUTCFullYear() + 1, new Date(lastMs).getUTCFullYear() - 1] as const;
  return (data, at) => {
    if (data[at] !== QUOTE) return ticks(data, at);
    if (isPlain(data, at + 1, years)) return undefined;
    const moment = readMoment(scalarText(data, at) ?? '');
    if (moment === 'unclear') return `Text that ${type} would have to guess at.`;
    if (moment === 'impossible') return `A time that does not exist, for ${type}.`;
    const ms = moment.hasZone ? moment.ms : moment.ms - zoneOffsetMs(span, moment.ms);
    return ms < firstMs || ms > lastMs ? outside : undefined;
  };
}

const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** The usual time, `2024-01-02T03:04:05.678Z`, told without making it a text. */
function isPlain(data: Uint8Array, at: number, years: readonly [number, number]): boolean {
  if (data[at + 10] !== LETTER_T || !isUsualDay(data, at, years) || !isClock(data, at + 11)) return false;
  const end = endOfFraction(data, at + 19);
  return data[end] === LETTER_Z ? data[end + 1] === QUOTE : data[end] === QUOTE;
}

/** The days that not every month has are checked by ClickHouse, where there is a time. */
function isUsualDay(data: Uint8Array, at: number, [firstYear, lastYear]: readonly [number, number]): boolean {
  if (data[at + 4] !== MINUS || data[at + 7] !== MINUS) return false;
  const year = twoDigits(data, at) * 100 + twoDigits(data, at + 2);
  const month = twoDigits(data, at + 5);
  const day = twoDigits(data, at + 8);
  return year >= firstYear && year <= lastYear && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

function isClock(data: Uint8Array, at: number): boolean {
  if (data[at + 2] !== COLON || data[at + 5] !== COLON) return false;
  return twoDigits(data, at) < 24 && twoDigits(data, at + 3) < 60 && twoDigits(data, at + 6) < 60;
}

/** Two digits, or NaN. */
function twoDigits(data: Uint8Array, at: number): number {
  const tens = data[at];
  const ones = data[at + 1];
  return tens !== undefined && ones !== undefined && isDigit(tens) && isDigit(ones)
    ? tens * 10 + ones - 0x30 * 11
    : Number.NaN;
}

/** Behind the fraction; digits that the column does not keep are cut off, as whoever chose its precision wants it. */
function endOfFraction(data: Uint8Array, start: number): number {
  if (data[start] !== POINT) return start;
  let at = start + 1;
  while (isDigit(data[at])) at++;
  return at;
}

/** Only at the ends of the range the zone decides. */
function zoneOffsetMs({ zone, firstMs, lastMs }: Span, wallMs: number): number {
  if (zone === undefined || (wallMs > firstMs + DAY_MS && wallMs < lastMs - DAY_MS)) return 0;
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    return offsetOfName(format.formatToParts(wallMs).find(({ type }) => type === 'timeZoneName')?.value);
  } catch {
    return 0; // a zone that only the warehouse knows
  }
}

/** Of `GMT+09:00`, or `GMT-00:25:21` as it was before there were zones. */
function offsetOfName(name = ''): number {
  const [, sign, ...parts] = /([-+])(\d\d):(\d\d)(?::(\d\d))?/u.exec(name) ?? [];
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return (sign === '-' ? -1000 : 1000) * ((hours * 60 + minutes) * 60 + seconds);
}
