import { Buffer } from 'node:buffer';
import type { Column } from '../shared/column.js';
import type { StreamRecord } from './stream-record.js';

/** Columns that tell where a row came from; a table has those it was created with. */
export const VIRTUAL_COLUMNS = [
  { name: '_stream', type: 'LowCardinality(String)' },
  { name: '_shard', type: 'LowCardinality(String)' },
  { name: '_sequence_number', type: 'String' },
  { name: '_timestamp', type: "DateTime64(3, 'UTC')" },
  { name: '_key', type: 'String' },
] as const satisfies readonly Column[];

export type VirtualColumnName = (typeof VIRTUAL_COLUMNS)[number]['name'];

type FieldWriter = (record: StreamRecord) => string;

/**
 * Prepares the fields that the table's virtual columns get from a record, for `toLine`.
 *
 * @returns undefined when the table has none
 */
export function virtualFields(
  columns: readonly Column[],
  source: { readonly streamName: string; readonly shardId: string },
): ((record: StreamRecord) => Uint8Array) | undefined {
  const stream = JSON.stringify(source.streamName);
  const shard = JSON.stringify(source.shardId);
  const writers: Record<VirtualColumnName, FieldWriter> = {
    _stream: () => stream,
    _shard: () => shard,
    _sequence_number: (record) => JSON.stringify(position(record)),
    _timestamp: (record) => `"${new Date(record.arrivedAtMs).toISOString()}"`,
    _key: (record) => JSON.stringify(record.partitionKey),
  };
  const wanted = VIRTUAL_COLUMNS.filter(({ name }) => columns.some((column) => column.name === name));
  if (wanted.length === 0) return undefined;
  return (record) => Buffer.from(wanted.map(({ name }) => `"${name}":${writers[name](record)}`).join(','));
}

/** Unique in its shard: the sequence number, and behind a colon the place inside a KPL aggregate, except the first. */
export function position({ sequenceNumber, subSequenceNumber }: StreamRecord): string {
  return subSequenceNumber === 0 ? sequenceNumber : `${sequenceNumber}:${subSequenceNumber}`;
}
