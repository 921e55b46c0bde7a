/** Where year, month and day begin in a date of a fixed shape; `separators` are the places of the marks between them. */
export interface DateFormat {
  readonly name: string;
  readonly length: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly separators: readonly number[];
  readonly separator: number;
}

/** Four digits of the year, two of month and day, in any order, with `-`, `/`, `.` between them; or eight digits. */
export const DATE_FORMATS: readonly string[] = [
  ...['-', '/', '.'].flatMap((mark) => [`YYYY${mark}MM${mark}DD`, `DD${mark}MM${mark}YYYY`, `MM${mark}DD${mark}YYYY`]),
  'YYYYMMDD',
];
export const ISO_DATE = dateFormat('YYYY-MM-DD');

export function dateFormat(name: string): DateFormat {
  const separators = Array.from(name.matchAll(/[^A-Z]/g), ({ index }) => index);
  return {
    name,
    length: name.length,
    year: name.indexOf('Y'),
    month: name.indexOf('M'),
    day: name.indexOf('D'),
    separators,
    separator: name.codePointAt(separators[0] ?? 0) ?? 0,
  };
}

/** Whether COPY reads it as it stands, whatever the session's DateStyle is. */
export function isReadByCopy({ name }: DateFormat): boolean {
  return name === 'YYYY-MM-DD' || name === 'YYYYMMDD';
}

/** `2025-01-31` as 20250131; -1 for what is no date of the calendar in this shape. */
export function dateNumber(format: DateFormat, bytes: Uint8Array, start: number, stop: number): number {
  if (stop - start !== format.length) return -1;
  for (const at of format.separators) if (bytes[start + at] !== format.separator) return -1;
  const year = digits(bytes, start + format.year, 4);
  const month = digits(bytes, start + format.month, 2);
  const day = digits(bytes, start + format.day, 2);
  if (year < 1 || month < 1 || day < 1 || month > 12 || day > daysIn(year, month)) return -1;
  return year * 10_000 + month * 100 + day;
}

/** Writes a date of another shape over itself in ISO's, or back; both are ten bytes. */
export function rewriteDate(bytes: Uint8Array, start: number, from: DateFormat, to: DateFormat): void {
  const old = Uint8Array.from(bytes.subarray(start, start + from.length)); // slice() of a Buffer would be no copy
  for (const at of to.separators) bytes[start + at] = to.separator;
  bytes.set(old.subarray(from.year, from.year + 4), start + to.year);
  bytes.set(old.subarray(from.month, from.month + 2), start + to.month);
  bytes.set(old.subarray(from.day, from.day + 2), start + to.day);
}

/** A date as its number, as YAML and people write it. */
export function isoDateNumber(text: string): number {
  const bytes = Uint8Array.from(text, (char) => char.codePointAt(0) ?? 0);
  return dateNumber(ISO_DATE, bytes, 0, bytes.length);
}

export function isoDateText(number: number): string {
  const text = String(number).padStart(8, '0');
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = (bytes[at] as number) - 0x30; // the caller has looked at the length
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
