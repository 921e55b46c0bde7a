/** Years that Date32 and DateTime64 are documented to hold. */
export const FIRST_DAY_MS = Date.UTC(1900, 0, 1);
export const LAST_DAY_MS = Date.UTC(2299, 11, 31);
export const DAY_MS = 86_400_000;

/** Midnight of the day in UTC; undefined for a day that is in no calendar. */
export function dayMs(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  // Date.UTC takes the years 0 to 99 for those of the last century.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}
