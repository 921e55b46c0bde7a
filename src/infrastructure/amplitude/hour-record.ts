import type { GzipMember } from './gzip-walker.js';

/** One of the vendor's files inside the file of an hour, which begins with them. */
export interface PartRecord {
  /** First byte in the file of the hour, and the one behind the last. */
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

/** What the file of an hour holds, and how it came. */
export interface HourRecord {
  readonly fetchedAtMs: number;
  readonly lines: number;
  readonly unidentified: number;
  readonly unreadable: number;
  /** Digests that stand behind the parts. */
  readonly ids: number;
  readonly parts: readonly PartRecord[];
}

/** An hour that is written, in a file that is yet to be put in its place. */
export interface WrittenHour {
  readonly path: string;
  readonly record: HourRecord;
}

/** A digest of 16 bytes, and the number of its line with the kind of id in the lowest bit. */
export const ID_BYTES = 20;

/** Where digests begin in the file of an hour, and where they end and the record does. */
export function idsOf({ parts, ids }: HourRecord): { readonly start: number; readonly end: number } {
  const start = parts.at(-1)?.end ?? 0;
  return { start, end: start + ids * ID_BYTES };
}
