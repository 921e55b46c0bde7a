import type { ExportHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import type { GzipMember } from './gzip-walker.js';

/** One of the vendor's files inside the file of a run. */
export interface PartRecord {
  /** First byte in the file of the run, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  /** CRC-32 of these bytes, compressed as they are. */
  readonly packedCrc: number;
  /** Bytes of its content. */
  readonly bytes: number;
  readonly lines: number;
  /** False: a newline is put behind it. */
  readonly endsWithNewline: boolean;
  /** Where its deflate streams can be joined; none where they cannot. */
  readonly members: readonly GzipMember[];
}

/** What there is of an hour. */
export interface HourRecord {
  readonly hour: ExportHour;
  readonly lines: number;
  readonly unidentified: number;
  readonly unreadable: number;
  /** Digests, where they begin in the file of the run, and their CRC-32. */
  readonly ids: number;
  readonly idsStart: number;
  readonly idsCrc: number;
  readonly parts: readonly PartRecord[];
}

/** Hours that follow on one another and came in one answer: what their file holds. */
export interface RunRecord {
  readonly fetchedAtMs: number;
  readonly hours: readonly HourRecord[];
}

/** A run that is written, in a file that is yet to be put in its place. */
export interface WrittenRun {
  readonly path: string;
  readonly bytes: number;
  readonly record: RunRecord;
}

/** A digest of 16 bytes, and the number of its line with the kind of id in the lowest bit. */
export const ID_BYTES = 20;
