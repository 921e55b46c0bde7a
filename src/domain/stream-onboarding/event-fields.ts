import { Buffer } from 'node:buffer';
import type { StreamRecord } from './stream-record.js';
import { position } from './virtual-columns.js';

/**
 * The fields that every row of a table of events has besides the event's own, for `toLine`; times are milliseconds since
 * the epoch, the ticks of their columns. The batch is added when it is known, see `batchField`.
 */
export function eventFields(shardId: string): (record: StreamRecord, watermarkMs: number) => Uint8Array {
  const head = `"_shard":${JSON.stringify(shardId)},"_sequence_number":"`;
  return (record, watermarkMs) =>
    Buffer.from(`${head}${position(record)}","_timestamp":${record.arrivedAtMs},"_watermark":${watermarkMs}`);
}

/** The column that names the insert which brought the row. */
export const BATCH_COLUMN = '_batch';

export const batchField = (token: string): Uint8Array => Buffer.from(`"${BATCH_COLUMN}":${JSON.stringify(token)}`);
