import { Buffer } from 'node:buffer';
import type { OutgoingRecord } from '../../domain/ports/stream-sink.port.js';

/** The most that a record takes besides its key and its value: lengths, time and offset. */
const RECORD_OVERHEAD = 32;
/** Of the batch around the records of one partition. */
export const BATCH_OVERHEAD = 64;

/** Bytes that a record takes in a request, before compression; never fewer than it does. */
export function sizeOf({ partitionKey, data }: OutgoingRecord): number {
  return Buffer.byteLength(partitionKey) + data.length + RECORD_OVERHEAD;
}

/** The records in order, in parts that are requests of at most so many bytes; a larger record has one for itself. */
export function* outgoingRequests(
  records: readonly OutgoingRecord[],
  maxBytes: number,
): Generator<readonly OutgoingRecord[]> {
  let start = 0;
  let bytes = BATCH_OVERHEAD;
  for (const [index, record] of records.entries()) {
    const size = sizeOf(record);
    if (index > start && bytes + size > maxBytes) {
      yield records.slice(start, index);
      start = index;
      bytes = BATCH_OVERHEAD;
    }
    bytes += size;
  }
  if (start < records.length) yield records.slice(start);
}
