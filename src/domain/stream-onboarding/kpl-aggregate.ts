import { createHash } from 'node:crypto';
import { readMessage, type WireValue } from './protobuf-reader.js';
import type { StreamRecord } from './stream-record.js';

const MAGIC = [0xf3, 0x89, 0x9a, 0xc2] as const;
const DIGEST_BYTES = 16;

/** More than fit in a record of 1 MiB; keeps a hostile one of 10 MiB from becoming millions of objects. */
export const MAX_RECORDS_PER_AGGREGATE = 200_000;

interface Aggregate {
  readonly partitionKeys: string[];
  readonly hashKeys: string[];
  readonly records: AggregatedRecord[];
}

interface AggregatedRecord {
  readonly partitionKeyIndex: number;
  readonly hashKeyIndex: number | undefined;
  readonly data: Uint8Array;
}

/** The hash keys a shard is responsible for, both included. */
export interface HashKeyRange {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The events inside a record of the Kinesis Producer Library, numbered from 0. A record that is no aggregate, or a
 * damaged one, is its own only event. Data are views of the record's bytes, not copies.
 *
 * @param range of the shard, where known: a producer whose view of the shards was out of date sends events of another
 * shard again, so they are left out here, as the Kinesis Client Library does
 */
export function deaggregateRecord(record: StreamRecord, range?: HashKeyRange): readonly StreamRecord[] {
  const message = aggregateMessage(record.data);
  const aggregate = message && readAggregate(message);
  if (!aggregate) return [record];
  const events: StreamRecord[] = [];
  for (const [subSequenceNumber, { partitionKeyIndex, hashKeyIndex, data }] of aggregate.records.entries()) {
    const partitionKey = aggregate.partitionKeys[partitionKeyIndex];
    const hashKey = hashKeyIndex === undefined ? undefined : aggregate.hashKeys[hashKeyIndex];
    if (partitionKey === undefined || (hashKeyIndex !== undefined && hashKey === undefined)) return [record];
    if (range && !isWithin(range, partitionKey, hashKey)) continue;
    events.push({ ...record, subSequenceNumber, partitionKey, data });
  }
  return events;
}

/** The message between magic number and digest, if both are right. */
function aggregateMessage(data: Uint8Array): Uint8Array | undefined {
  if (data[0] !== MAGIC[0]) return undefined; // most records are told apart by this alone
  if (data.length < MAGIC.length + DIGEST_BYTES || MAGIC.some((byte, index) => data[index] !== byte)) return undefined;
  const message = data.subarray(MAGIC.length, data.length - DIGEST_BYTES);
  const expected = data.subarray(data.length - DIGEST_BYTES);
  const digest = createHash('md5').update(message).digest();
  return digest.equals(expected) ? message : undefined;
}

function readAggregate(message: Uint8Array): Aggregate | undefined {
  const aggregate: Aggregate = { partitionKeys: [], hashKeys: [], records: [] };
  const decoder = new TextDecoder();
  const complete = readMessage(message, (field, value) => {
    if (field < 1 || field > 3) return true;
    if (!(value instanceof Uint8Array)) return false;
    if (field === 1) aggregate.partitionKeys.push(decoder.decode(value));
    if (field === 2) aggregate.hashKeys.push(decoder.decode(value));
    return field !== 3 || addRecord(aggregate.records, value);
  });
  return complete ? aggregate : undefined;
}

function addRecord(records: AggregatedRecord[], message: Uint8Array): boolean {
  const fields: WireValue[] = [];
  const complete = readMessage(message, (field, value) => {
    if (field <= 3) fields[field] = value;
    return true;
  });
  const [, partitionKeyIndex, hashKeyIndex, data] = fields;
  if (!complete || typeof partitionKeyIndex !== 'number' || !(data instanceof Uint8Array)) return false;
  if (hashKeyIndex !== undefined && typeof hashKeyIndex !== 'number') return false;
  return records.push({ partitionKeyIndex, hashKeyIndex, data }) <= MAX_RECORDS_PER_AGGREGATE;
}

/** A hash key is given by the producer, or is the MD5 of the partition key read as a number. */
function isWithin({ first, last }: HashKeyRange, partitionKey: string, hashKey: string | undefined): boolean {
  const valid = hashKey !== undefined && /^\d{1,39}$/u.test(hashKey);
  const key = BigInt(valid ? hashKey : `0x${createHash('md5').update(partitionKey).digest('hex')}`);
  return key >= first && key <= last;
}
