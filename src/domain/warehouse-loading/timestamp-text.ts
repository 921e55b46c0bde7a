/** Both engines keep moments of these years; ClickHouse moves others into them without a word. */
export const FIRST_YEAR = 1900;
export const LAST_YEAR = 2299;

const DATE = String.raw`(\d{4}-\d\d-\d\d)`;
/** A fraction stands behind seconds only: behind minutes, it is one of a minute in ISO 8601. */
const TIME = String.raw`((?:[01]\d|2[0-3]):[0-5]\d)(?:(:[0-5]\d)(?:[.,](\d{1,9}))?)?`;
const ZONE = String.raw`(Z|z|[+-]\d\d(?::?[0-5]\d)?)?`;
const TIMESTAMP = new RegExp(`^${DATE}(?:[Tt ]${TIME} ?${ZONE})?$`);

/** As most write it: what is left to look at is the day, and nothing has to be taken apart. */
const USUAL = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

const MAX_OFFSET_MINUTES = 15 * 60 + 59;

/**
 * A moment as `2024-01-01T00:00:00.000000Z`, from ISO 8601 (RFC 3339 with its liberties: a space for the T, no seconds, a
 * date alone) and from Amplitude's `2024-01-01 00:00:00.000000`. Without a zone it is UTC. Undefined where it is no moment of
 * the calendar, outside of the years kept, or finer than a microsecond.
 */
export function timestampText(text: string): string | undefined {
  const moment = USUAL.test(text) ? usualMoment(text) : momentOf(text);
  return moment !== undefined && moment >= FIRST && moment < END ? moment : undefined;
}

function usualMoment(text: string): string | undefined {
  return isCalendarDay(text.slice(0, 10)) ? `${text.slice(0, 23)}000Z` : undefined;
}

function momentOf(text: string): string | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, day = '', minute = '00:00', second = ':00', fraction, zone] = match;
  const micros = microseconds(fraction);
  const offset = offsetMinutes(zone);
  if (micros === undefined || offset === undefined || !isCalendarDay(day)) return undefined;
  const local = `${day}T${minute}${second}`;
  return `${offset === 0 ? local : movedBy(local, -offset)}.${micros}Z`;
}

/** A moment without its fraction, some minutes later. */
function movedBy(local: string, minutes: number): string {
  return new Date(Date.parse(`${local}Z`) + minutes * 60_000).toISOString().slice(0, 19);
}

/** Six digits; what is finer is only taken when it is nothing. */
function microseconds(fraction = ''): string | undefined {
  return /[1-9]/.test(fraction.slice(6)) ? undefined : fraction.slice(0, 6).padEnd(6, '0');
}

function offsetMinutes(zone = 'Z'): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const total = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', ''));
  if (total > MAX_OFFSET_MINUTES) return undefined;
  return zone.startsWith('-') ? -total : total;
}

function isCalendarDay(day: string): boolean {
  const month = Number(day.slice(5, 7));
  const date = Number(day.slice(8));
  if (month < 1 || month > 12 || date < 1) return false;
  return date <= 28 || date <= new Date(Date.UTC(Number(day.slice(0, 4)), month, 0)).getUTCDate();
}

/** Texts of the same form are in the order of their times. */
const FIRST = String(FIRST_YEAR);
const END = String(LAST_YEAR + 1);
