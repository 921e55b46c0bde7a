import type { GzipMember } from './gzip-walker.js';

/** One of the vendor's files inside `events.gz`, which holds those of an hour behind one another. */
export interface PartRecord {
  /** First byte in `events.gz`, and the one behind the last. */
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

/** `hour.json`: what lies beside it, and how it came. */
export interface HourRecord {
  readonly fetchedAtMs: number;
  readonly lines: number;
  readonly unidentified: number;
  readonly unreadable: number;
  /** Digests in `ids`. */
  readonly ids: number;
  readonly parts: readonly PartRecord[];
}

/** An hour that is written, in a folder that is yet to be put in its place. */
export interface WrittenHour {
  readonly path: string;
  readonly record: HourRecord;
}

export const RECORD_FILE = 'hour.json';
export const EVENTS_FILE = 'events.gz';
export const IDS_FILE = 'ids';

/** A digest of 16 bytes, and the number of its line with the kind of id in the lowest bit. */
export const ID_BYTES = 20;

/** On the disk, all but the record itself. */
export function bytesOfHour({ parts, ids }: HourRecord): number {
  return (parts.at(-1)?.end ?? 0) + ids * ID_BYTES;
}
