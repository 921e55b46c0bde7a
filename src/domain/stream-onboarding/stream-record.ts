/**
 * One event of a stream, as the producer sent it (de-aggregated, if it came in a KPL aggregate).
 * Its position is (shard, sequence number, sub-sequence number) and is unique for ever.
 */
export interface StreamRecord {
  /** Decimal digits; compare with `compareSequenceNumbers`, never as text. */
  readonly sequenceNumber: string;
  /** Index inside a KPL aggregate; 0 for a plain record. */
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** When the stream took it, milliseconds since the epoch. */
  readonly arrivedAtMs: number;
  /** What the producer said beside the data, where the stream has a place for it. */
  readonly headers?: ReadonlyMap<string, Uint8Array>;
  /** The record says that its key is gone, and has no data: there is no row to be made of it. */
  readonly isTombstone?: true;
}

/** Sequence numbers are decimal integers beyond 2^53: the longer is the larger, then the digits decide. */
export function compareSequenceNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A record's place in its shard, as text: `sequence:sub`. */
export const positionOf = ({ sequenceNumber, subSequenceNumber }: StreamRecord): string =>
  `${sequenceNumber}:${subSequenceNumber}`;
