import { type Fault, PenstockError } from '../../errors.js';
import { type ExportHour, HOURS_PER_DAY, hourText, parseHour } from './export-hour.js';

/** Which of the two projects; it selects the credentials. */
export const EXPORT_SOURCES = ['web', 'mobile'] as const;
export type ExportSource = (typeof EXPORT_SOURCES)[number];

/** Hours by the time of their upload, both inclusive. */
export interface ExportRange {
  readonly first: ExportHour;
  readonly last: ExportHour;
}

/** Longest export at once: a year, as the Export API itself allows. */
export const MAX_EXPORT_DAYS = 366;

/**
 * @param start `YYYYMMDD` (from its hour 00) or `YYYYMMDDTHH`
 * @param end `YYYYMMDD` (to its hour 23) or `YYYYMMDDTHH`, inclusive
 * @throws PenstockError `request.invalid` naming `start`, `end` or both
 */
export function readRange(start: string, end: string): ExportRange {
  const first = parseHour(start, 0);
  const last = parseHour(end, HOURS_PER_DAY - 1);
  if (first === undefined || last === undefined) {
    const faults = [...unreadable('start', first), ...unreadable('end', last)];
    throw new PenstockError('request.invalid', 'The export needs a first and a last day or hour.', { faults });
  }
  const range = { first, last };
  const fault = faultOf(range);
  if (fault !== undefined)
    throw new PenstockError('request.invalid', `The export ${fault}.`, {
      faults: [{ path: 'end', message: fault }],
    });
  return range;
}

export function hoursOf({ first, last }: ExportRange): ExportHour[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** `20240201T00-20240207T23` */
export function rangeText({ first, last }: ExportRange): string {
  return `${hourText(first)}-${hourText(last)}`;
}

function unreadable(path: string, hour: ExportHour | undefined): Fault[] {
  return hour === undefined ? [{ path, message: 'must be a day, YYYYMMDD, or an hour, YYYYMMDDTHH' }] : [];
}

function faultOf({ first, last }: ExportRange): string | undefined {
  if (last < first) return 'ends before it starts';
  return last - first >= MAX_EXPORT_DAYS * HOURS_PER_DAY ? `is longer than ${MAX_EXPORT_DAYS} days` : undefined;
}
