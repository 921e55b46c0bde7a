/** A day as `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31; such texts compare as their days do. */
export type Day = string;

/** Days from one to another, both included. */
export interface DaySpan {
  readonly from: Day;
  readonly to: Day;
}

/** Reports know no other days: what lies outside cannot be written as `YYYY-MM-DD`. */
export const ALL_DAYS: DaySpan = { from: '0001-01-01', to: '9999-12-31' };

const DAY_MS = 86_400_000;

/** Whether the text is a day of the calendar: `2025-02-30` is none. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < ALL_DAYS.from) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

export function dayOf(epochMs: number): Day {
  return new Date(epochMs).toISOString().slice(0, 10);
}

export function addDays(day: Day, days: number): Day {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}

export function firstOfMonth(day: Day): Day {
  return `${day.slice(0, 7)}-01`;
}

export function lastOfMonth(day: Day): Day {
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return `${day.slice(0, 7)}-${lengths[month - 1] ?? 31}`;
}

/** The first day of a month so many months later, or earlier. */
export function addMonths(day: Day, months: number): Day {
  const at = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(at / 12)).padStart(4, '0')}-${String((at % 12) + 1).padStart(2, '0')}-01`;
}

export function daysOf({ from, to }: DaySpan): Day[] {
  const length = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return Array.from({ length }, (_, index) => addDays(from, index));
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
