import { type ExportHour, hourText } from './export-hour.js';
import type { ExportRange, ExportSource } from './export-range.js';
import type { ExportWeek } from './iso-week.js';

/** What is known of one hour of an export, once duplicates have been looked for across all of it. */
export interface HourCounts {
  readonly hour: ExportHour;
  /** Lines that are passed on. */
  readonly events: number;
  /** Lines that are not, by what told them. */
  readonly duplicates: DuplicateCounts;
  /** Lines without `uuid` and without `$insert_id`: these are never taken for duplicates. */
  readonly unidentified: number;
  /** Lines that do not have the shape of a JSON object; they are passed on as they came. */
  readonly unreadable: number;
  /** The hour was asked for before Amplitude promises all of its events. */
  readonly isProvisional: boolean;
}

export interface DuplicateCounts {
  readonly uuid: number;
  readonly insertId: number;
}

/** A file inside an archive. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

export interface ExportedRange extends ExportRange {
  readonly source: ExportSource;
}

/** The `manifest.json` of one week: nothing in it depends on when, or in how many requests, it was made. */
export function weekManifest(
  exported: ExportedRange,
  week: ExportWeek,
  hours: readonly HourCounts[],
  file: ArchivedFile,
): object {
  return {
    source: exported.source,
    iso_week: week.name,
    start: hourText(week.first),
    end: hourText(week.last),
    file: file.name,
    bytes: file.bytes,
    sha256: file.sha256,
    ...totals(hours),
    hours: hours
      .filter((hour) => hour.events + duplicatesOf(hour) > 0)
      .map((hour) => ({ hour: hourText(hour.hour), events: hour.events, dropped_duplicates: duplicatesOf(hour) })),
  };
}

/** The `manifest.json` beside the archives of several weeks. */
export function exportManifest(
  exported: ExportedRange,
  hours: readonly HourCounts[],
  archives: readonly ArchivedFile[],
): object {
  return {
    source: exported.source,
    start: hourText(exported.first),
    end: hourText(exported.last),
    ...totals(hours),
    archives: archives.map(({ name, bytes, sha256 }) => ({ file: name, bytes, sha256 })),
  };
}

/** Sums over hours, and the hours that stand out. */
export function totals(hours: readonly HourCounts[]): object {
  const sum = (of: (hour: HourCounts) => number): number => hours.reduce((total, hour) => total + of(hour), 0);
  const named = (is: (hour: HourCounts) => boolean): string[] => hours.filter(is).map(({ hour }) => hourText(hour));
  return {
    events: sum(({ events }) => events),
    dropped_duplicates: {
      total: sum(duplicatesOf),
      uuid: sum(({ duplicates }) => duplicates.uuid),
      insert_id: sum(({ duplicates }) => duplicates.insertId),
    },
    events_without_id: sum(({ unidentified }) => unidentified),
    unreadable_lines: sum(({ unreadable }) => unreadable),
    empty_hours: named((hour) => !hour.isProvisional && hour.events + duplicatesOf(hour) === 0),
    provisional_hours: named(({ isProvisional }) => isProvisional),
  };
}

function duplicatesOf({ duplicates }: HourCounts): number {
  return duplicates.uuid + duplicates.insertId;
}
