import { type ExportRange, rangeText } from './export-range.js';
import { type ExportWeek, isWholeWeek } from './iso-week.js';

/** `2024_week_05.zip`, or from the first week to the last. */
export function archiveName(weeks: readonly ExportWeek[]): string {
  const [first, last] = [weeks[0], weeks.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('An export has a week.');
  return first === last ? `${first.name}.zip` : `${first.name}-${last.name}.zip`;
}

/**
 * The key of an archive in a bucket, below `prefix`. One of only some hours of its weeks stands in a folder of its own:
 * it must not replace the archive of whole weeks.
 */
export function archiveKey(prefix: string, source: string, weeks: readonly ExportWeek[]): string {
  const [first, last] = [weeks[0], weeks.at(-1)];
  const range: ExportRange = { first: first?.first ?? 0, last: last?.last ?? 0 };
  const isWhole = weeks.every(isWholeWeek);
  return [prefix + source, ...(isWhole ? [] : [rangeText(range)]), archiveName(weeks)].join('/');
}
