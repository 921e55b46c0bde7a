/** Both engines keep moments of these years; ClickHouse moves others into them without a word. */
export const FIRST_YEAR = 1900;
export const LAST_YEAR = 2299;

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?`;
const ZONE = String.raw`(Z|z|[+-]\d\d(?::?\d\d)?)?`;
const TIMESTAMP = new RegExp(`^${DATE}(?:[Tt ]${TIME} ?${ZONE})?$`);

const MAX_OFFSET_MINUTES = 15 * 60 + 59;

/**
 * A moment as `2024-01-01T00:00:00.000000Z`, from ISO 8601 (RFC 3339 with its liberties: a space for the T, no seconds, a
 * date alone) and from Amplitude's `2024-01-01 00:00:00.000000`. Without a zone it is UTC. Undefined where it is no moment of
 * the calendar, outside of the years kept, or finer than a microsecond.
 */
export function timestampText(text: string): string | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = '', zone] = match;
  const micros = microseconds(fraction);
  const offset = offsetMinutes(zone);
  if (micros === undefined || offset === undefined || !isCalendarDay(Number(year), Number(month), Number(day))) {
    return undefined;
  }
  if (hour > '23' || minute > '59' || second > '59') return undefined;
  if (offset === 0) return inRange(`${year}-${month}-${day}T${hour}:${minute}:${second}.${micros}Z`);
  const utcMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute) - offset,
    Number(second),
  );
  return inRange(`${new Date(utcMs).toISOString().slice(0, 19)}.${micros}Z`);
}

/** Six digits; what is finer is only taken when it is nothing. */
function microseconds(fraction: string): string | undefined {
  return /[1-9]/.test(fraction.slice(6)) ? undefined : fraction.slice(0, 6).padEnd(6, '0');
}

function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', '') || '0')];
  const total = hours * 60 + minutes;
  if (minutes > 59 || total > MAX_OFFSET_MINUTES) return undefined;
  return zone.startsWith('-') ? -total : total;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function inRange(text: string): string | undefined {
  const year = Number(text.slice(0, 4));
  return year >= FIRST_YEAR && year <= LAST_YEAR ? text : undefined;
}
