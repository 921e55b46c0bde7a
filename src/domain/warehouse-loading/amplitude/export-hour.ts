/** An hour of UTC, as whole hours since the epoch: the smallest thing that Amplitude exports. */
export type ExportHour = number;

export const HOUR_MS = 3_600_000;
export const HOURS_PER_DAY = 24;

/** The hour that holds this moment. */
export function hourAt(ms: number): ExportHour {
  return Math.floor(ms / HOUR_MS);
}

/** `YYYYMMDDTHH`, as the Export API writes hours. */
export function hourText(hour: ExportHour): string {
  return new Date(hour * HOUR_MS).toISOString().slice(0, 13).replaceAll('-', '');
}

/** Reads `YYYYMMDD`, whose hour is then `defaultHour`, or `YYYYMMDDTHH`; undefined for what no calendar has. */
export function parseHour(text: string, defaultHour: number): ExportHour | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour] = parts.map(Number);
  return hourOf({ year, month, day, hour: parts[4] === undefined ? defaultHour : hour });
}

interface CalendarHour {
  readonly year: number | undefined;
  readonly month: number | undefined;
  readonly day: number | undefined;
  readonly hour: number | undefined;
}

/** Undefined for the 30th of February, the hour 24 and the like. */
export function hourOf({ year = 0, month = 0, day = 0, hour = 0 }: CalendarHour): ExportHour | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal && hour < HOURS_PER_DAY ? hourAt(date.getTime()) + hour : undefined;
}
