import { crc32 } from 'node:zlib';

/**
 * One record in a segment file: 28 bytes of header, then the record exactly as GetRecords answers it, led by a comma.
 * So reading is copying: no base64, no JSON is made when records are read.
 *
 * | bytes | content                                                           |
 * |-------|-------------------------------------------------------------------|
 * | 0-3   | length of the body                                                |
 * | 4-7   | CRC-32 of everything behind this field                            |
 * | 8-15  | index of the record in its shard, from 1, without gaps (float64)  |
 * | 16-23 | arrival in milliseconds, never falling within a shard (float64)   |
 * | 24-27 | bytes of data and partition key, as the limits of Kinesis count   |
 */
export const FRAME_HEADER_BYTES = 28;

/** No record that the endpoint can be configured to take needs more: 10 MiB in base64, a key, and the rest. */
export const MAX_BODY_BYTES = 15 * 1024 * 1024;

export interface NewRecord {
  /** Base64, as it came. */
  readonly data: string;
  readonly partitionKey: string;
  /** Bytes of data and partition key. */
  readonly payloadBytes: number;
}

export interface FrameHeader {
  readonly bodyBytes: number;
  readonly index: number;
  readonly timeMs: number;
  readonly payloadBytes: number;
}

/** Everything of a frame besides data and key: header, field names, sequence number, time, and room to spare. */
const FIXED_BYTES = FRAME_HEADER_BYTES + 192;

/** An upper bound, for sizing a buffer. */
export function frameBytesAtMost({ data, partitionKey }: NewRecord): number {
  // In JSON a character becomes at most six bytes (\u0000).
  return FIXED_BYTES + data.length + partitionKey.length * 6;
}

/** Writes the frame at `offset` and returns where it ends. */
export function writeFrame(
  target: Buffer,
  offset: number,
  record: NewRecord,
  position: { readonly index: number; readonly timeMs: number; readonly sequenceNumber: string },
): number {
  const { index, timeMs, sequenceNumber } = position;
  const head = `,{"SequenceNumber":"${sequenceNumber}","ApproximateArrivalTimestamp":${timeMs / 1000},"Data":"`;
  let end = offset + FRAME_HEADER_BYTES;
  end += target.write(head, end, 'latin1');
  end += target.write(record.data, end, 'latin1');
  end += target.write(`","PartitionKey":${JSON.stringify(record.partitionKey)}}`, end);
  target.writeUInt32LE(end - offset - FRAME_HEADER_BYTES, offset);
  target.writeDoubleLE(index, offset + 8);
  target.writeDoubleLE(timeMs, offset + 16);
  target.writeUInt32LE(record.payloadBytes, offset + 24);
  target.writeUInt32LE(crc32(target.subarray(offset + 8, end)), offset + 4);
  return end;
}

/** The header at `offset`, or nothing when the buffer does not hold all of it or no header can look like that. */
export function readFrameHeader(source: Buffer, offset: number): FrameHeader | undefined {
  if (offset + FRAME_HEADER_BYTES > source.length) return undefined;
  const bodyBytes = source.readUInt32LE(offset);
  if (bodyBytes === 0 || bodyBytes > MAX_BODY_BYTES) return undefined;
  return {
    bodyBytes,
    index: source.readDoubleLE(offset + 8),
    timeMs: source.readDoubleLE(offset + 16),
    payloadBytes: source.readUInt32LE(offset + 24),
  };
}

/** Whether the whole frame is in the buffer and is what was written. */
export function frameIsIntact(source: Buffer, offset: number, { bodyBytes }: FrameHeader): boolean {
  const end = offset + FRAME_HEADER_BYTES + bodyBytes;
  return end <= source.length && crc32(source.subarray(offset + 8, end)) === source.readUInt32LE(offset + 4);
}
