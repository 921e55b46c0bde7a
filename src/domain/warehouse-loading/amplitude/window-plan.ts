import { PenstockError } from '../../errors.js';
import { type ExportHour, HOURS_PER_DAY, hourText } from './export-hour.js';
import { type ExportRange, rangeText } from './export-range.js';

/** Hours that are asked for in one request, both inclusive. */
export type ExportWindow = ExportRange;

/**
 * What became of asking for a window. `kept`: its hours are on disk. `empty`: there are no events (404). `too-large`: 400.
 * `timed-out`: 504. `unattributed`: events came whose hour cannot be told. `broken`: damaged, however often it was asked.
 */
export type WindowOutcome = 'kept' | 'empty' | 'too-large' | 'timed-out' | 'unattributed' | 'broken';

/** What to do then. `halve`: both halves are asked instead, each on its own account. */
export type NextStep = { readonly done: true } | { readonly halves: readonly [ExportWindow, ExportWindow] };

/**
 * Requests for hours that are missing: neighbours together, at most `windowHours` of a grid that begins with the day, so
 * that the same hours are asked for in the same way whatever else is asked for.
 *
 * @param missing ascending
 */
export function planWindows(missing: readonly ExportHour[], windowHours: number): ExportWindow[] {
  const windows: { first: ExportHour; last: ExportHour }[] = [];
  for (const hour of missing) {
    const open = windows.at(-1);
    const isNeighbour = open?.last === hour - 1 && cellOf(hour, windowHours) === cellOf(open.first, windowHours);
    if (open !== undefined && isNeighbour) open.last = hour;
    else windows.push({ first: hour, last: hour });
  }
  return windows;
}

function cellOf(hour: ExportHour, windowHours: number): number {
  const day = Math.floor(hour / HOURS_PER_DAY);
  return day * HOURS_PER_DAY + Math.floor((hour - day * HOURS_PER_DAY) / windowHours);
}

export function hoursIn({ first, last }: ExportWindow): number {
  return last - first + 1;
}

/** `[T00..T23]` is `[T00..T11]` and `[T12..T23]`; the first half is the longer one of an odd number. */
export function halve({ first, last }: ExportWindow): readonly [ExportWindow, ExportWindow] {
  const middle = first + Math.ceil(hoursIn({ first, last }) / 2);
  return [
    { first, last: middle - 1 },
    { first: middle, last },
  ];
}

/**
 * Decides what follows; an outcome that a smaller window may better splits down to one hour.
 *
 * @throws PenstockError for one hour: `export.too-large`, `vendor.timeout` or `vendor.broken`, naming it
 */
export function nextStep(window: ExportWindow, outcome: WindowOutcome): NextStep {
  if (outcome === 'kept' || outcome === 'empty') return { done: true };
  if (hoursIn(window) > 1) return { halves: halve(window) };
  throw FAILURES[outcome](hourText(window.first));
}

/** What an hour that cannot be had is told as; nothing of one hour is unattributed. */
const FAILURES: Readonly<Record<Exclude<WindowOutcome, 'kept' | 'empty'>, (hour: string) => PenstockError>> = {
  'too-large': (hour) =>
    new PenstockError(
      'export.too-large',
      `Amplitude answers 400 for the single hour ${hour}: it is too large for its Export API (4 GB), or a request that ` +
        'Amplitude does not accept. Only its own export to S3 gives larger hours.',
    ),
  'timed-out': (hour) =>
    new PenstockError('vendor.timeout', `Amplitude did not finish the single hour ${hour} in its own time (504).`),
  broken: brokenHour,
  unattributed: brokenHour,
};

function brokenHour(hour: string): PenstockError {
  return new PenstockError('vendor.broken', `What Amplitude sends for the hour ${hour} is damaged each time.`);
}

export function windowText(window: ExportWindow): string {
  return hoursIn(window) === 1 ? hourText(window.first) : rangeText(window);
}
