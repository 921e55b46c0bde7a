const UNITS_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  ms: 1,
  second: 1000,
  s: 1000,
  minute: 60_000,
  m: 60_000,
  hour: 3_600_000,
  h: 3_600_000,
  day: 86_400_000,
  d: 86_400_000,
};

const WORDS = /^(\d{1,15}) *([a-z]+)$/;
/** Weeks, months and years are left out: the latter have no fixed length. */
const ISO = /^P(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,3})?)S)?)?$/;

/** What `durationMs` takes, for people. */
export const DURATION_WORDS = 'a duration such as "1 minute", "30 seconds", "PT1M", or a whole number of milliseconds';

/** Milliseconds of `1 minute`, `30 seconds`, `90s`, ISO 8601 `PT1M30S`, or of a whole number; undefined: it is none. */
export function durationMs(value: string | number): number | undefined {
  const ms = typeof value === 'number' ? value : (wordsMs(value) ?? isoMs(value));
  return ms !== undefined && Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}

function wordsMs(text: string): number | undefined {
  const [, amount, unit = ''] = WORDS.exec(text.trim().toLowerCase()) ?? [];
  const unitMs = UNITS_MS[unit] ?? (unit.length > 2 && unit.endsWith('s') ? UNITS_MS[unit.slice(0, -1)] : undefined);
  return amount === undefined || unitMs === undefined ? undefined : Number(amount) * unitMs;
}

function isoMs(text: string): number | undefined {
  const parts = ISO.exec(text.trim().toUpperCase())?.slice(1);
  if (parts === undefined || parts.every((part) => part === undefined)) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
  return days * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + Math.round(seconds * 1000);
}
