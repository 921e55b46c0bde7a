import type { ExportHour } from '../warehouse-loading/amplitude/export-hour.js';
import type { ExportRange } from '../warehouse-loading/amplitude/export-range.js';
import type { ExportWeek } from '../warehouse-loading/amplitude/iso-week.js';
import type { ArchivedFile, ExportedRange, HourCounts } from '../warehouse-loading/amplitude/week-manifest.js';
import type { ExportWindow } from '../warehouse-loading/amplitude/window-plan.js';

/** An event as Amplitude wrote it. */
export type AmplitudeEvent = Readonly<Record<string, unknown>>;

export interface KeepWindow {
  /** Of `AmplitudeVendor.project`. */
  readonly project: string;
  readonly window: ExportWindow;
  readonly signal: AbortSignal;
}

/** Keeps hours from being thrown away until it is ended. */
export interface HoursUse {
  end(): Promise<void>;
}

/**
 * Finished hours of one export, whose duplicates have been found. Reading does not change them: twice gives the same. They
 * are in use until it is closed or, where nobody does, until some time after the last reading.
 */
export abstract class SpooledExport {
  abstract readonly hours: readonly HourCounts[];

  /**
   * The bytes of a zip: `{week}.ndjson` and `manifest.json` for a single week; for several one such zip each, and a
   * `manifest.json`. The same hours give the same bytes. Damage of the disk is found while reading: the bytes then end
   * with an error, never as a whole archive, and the hours are thrown away.
   *
   * @throws PenstockError `export.damaged`
   */
  abstract archive(
    exported: ExportedRange,
    weeks: readonly ExportWeek[],
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, ArchivedFile>;

  /** A text that differs where the events of the hour, duplicates left out, differ. */
  abstract fingerprint(hour: ExportHour): string;

  /** The events of one hour in order, without duplicates and without lines that are no JSON object. */
  abstract events(hour: ExportHour, signal: AbortSignal): AsyncIterable<AmplitudeEvent>;

  /** Nothing more is read; the hours may go where room is needed. */
  abstract close(): Promise<void>;
}

/**
 * Hours of exports on disk, shared by all processes of one home. An hour is there whole and checked, or not at all,
 * whatever ends the process; it is found by project and hour, so exports that overlap share it. Where there is too much of
 * it, what has not been used for longest goes first, and nothing that is in use.
 */
export abstract class HourSpool {
  /** Begins to use the hours of a range, those that are there and those that come; whoever asked for it ends it. */
  abstract use(project: string, range: ExportRange): Promise<HoursUse>;

  /** The hours of the range that are there, and complete: asked for no earlier than Amplitude promises all their events. */
  abstract kept(project: string, range: ExportRange): Promise<ReadonlySet<ExportHour>>;

  /**
   * Reads the archive of a window to its end and keeps each of its hours that is whole, those without events too. Every
   * checksum is checked: of the archive's entries and of the compressed files in them.
   *
   * @returns `unattributed`, with nothing kept, when the hour of some entry cannot be told
   * @throws PenstockError `vendor.broken` when anything was damaged, after keeping what was not; `export.no-space`
   */
  abstract keep(request: KeepWindow, archive: AsyncIterable<Uint8Array>): Promise<'kept' | 'unattributed'>;

  /** Notes that these hours have no events. */
  abstract keepEmpty(request: Omit<KeepWindow, 'signal'>): Promise<void>;

  /**
   * Finds the duplicates among the hours of a range: events whose `uuid`, or whose `$insert_id` on the same `device_id`,
   * an earlier one has had. All of the range is compared, at any size, in a fixed amount of memory and some disk.
   *
   * @throws PenstockError `export.damaged` when an hour has gone meanwhile
   */
  abstract open(project: string, range: ExportRange, signal: AbortSignal): Promise<SpooledExport>;

  /** Throws away what is too old, too much, or was left half-done by a process that is gone. */
  abstract sweep(): Promise<void>;
}
