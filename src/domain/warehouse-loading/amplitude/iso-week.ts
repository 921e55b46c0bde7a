import { type ExportHour, HOUR_MS, HOURS_PER_DAY } from './export-hour.js';
import type { ExportRange } from './export-range.js';

const DAYS_PER_WEEK = 7;
const HOURS_PER_WEEK = HOURS_PER_DAY * DAYS_PER_WEEK;
/** The epoch was a Thursday, so weeks begin three days before it. */
const THURSDAY = 3;
const HOURS_TO_THURSDAY = THURSDAY * HOURS_PER_DAY;

/** A week of ISO 8601: Monday to Sunday, in the year that holds its Thursday. */
export interface IsoWeek {
  readonly year: number;
  /** 1 to 53. */
  readonly week: number;
}

/** The days of one ISO week that an export asks for. */
export interface ExportWeek extends IsoWeek, ExportRange {
  /** `2025_week_01`: the year is the one of the week, so 2024-12-30 stands here. */
  readonly name: string;
}

/** ISO 8601, 2.2.10: the first week of a year is the one with its first Thursday. */
export function isoWeekOf(hour: ExportHour): IsoWeek {
  const thursday = new Date((mondayOf(hour) + HOURS_TO_THURSDAY) * HOUR_MS);
  const year = thursday.getUTCFullYear();
  const dayOfYear = (thursday.getTime() - Date.UTC(year, 0, 1)) / (HOUR_MS * HOURS_PER_DAY);
  return { year, week: Math.floor(dayOfYear / DAYS_PER_WEEK) + 1 };
}

export function weekName({ year, week }: IsoWeek): string {
  return `${year}_week_${String(week).padStart(2, '0')}`;
}

/** The weeks of a range in order, the first and the last perhaps in part. */
export function weeksOf({ first, last }: ExportRange): ExportWeek[] {
  const weeks: ExportWeek[] = [];
  for (let monday = mondayOf(first); monday <= last; monday += HOURS_PER_WEEK) {
    const week = isoWeekOf(monday);
    const range = { first: Math.max(monday, first), last: Math.min(monday + HOURS_PER_WEEK - 1, last) };
    weeks.push({ ...week, ...range, name: weekName(week) });
  }
  return weeks;
}

/** Whether nothing of the week is left out. */
export function isWholeWeek({ first, last }: ExportRange): boolean {
  return first === mondayOf(first) && last === first + HOURS_PER_WEEK - 1;
}

function mondayOf(hour: ExportHour): ExportHour {
  const intoWeek = (hour + HOURS_TO_THURSDAY) % HOURS_PER_WEEK;
  return hour - (intoWeek < 0 ? intoWeek + HOURS_PER_WEEK : intoWeek);
}
