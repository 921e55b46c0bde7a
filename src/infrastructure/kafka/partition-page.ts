import type { fetchV17, KafkaRecord, RecordsBatch } from '@platformatic/kafka';
import type { StreamRecord } from '../../domain/stream-onboarding/stream-record.js';

/** What a broker answers for one partition. */
export type PartitionAnswer = fetchV17.FetchResponsePartition;

/** What one answer holds from the asked offset on. */
export interface PartitionPage {
  readonly records: readonly StreamRecord[];
  /** Of the first record behind the answer. */
  readonly next: bigint;
}

const LOG_APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
/** Of a control record's key, behind its version. */
const CONTROL_TYPE_AT = 2;
const ABORT = 0;
/** Times of producers are theirs: what no calendar of the warehouse has is cut to what one has. */
const LATEST_MS = 9_999_999_999_999;
const NO_BYTES = new Uint8Array();

/**
 * The committed records of an answer. Batches come whole, so the first may begin before the asked offset; control records
 * and those of aborted transactions are left out, by the rules of the Java client.
 *
 * @see org.apache.kafka.clients.consumer.internals.CompletedFetch
 */
export function readPage(answer: PartitionAnswer, from: bigint): PartitionPage {
  const isAborted = abortedBatches(answer);
  const records: StreamRecord[] = [];
  let next = from;
  for (const batch of answer.records ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    if (!isAborted(batch, last) && (batch.attributes & CONTROL) === 0) addRecords(batch, from, records);
    if (last >= next) next = last + 1n;
  }
  return { records, next };
}

/** Tells batches of aborted transactions; asked for each batch in order, for it follows their beginnings and ends. */
function abortedBatches({ abortedTransactions }: PartitionAnswer) {
  const ahead = [...abortedTransactions].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const open = new Set<bigint>();
  return ({ attributes, producerId, records }: RecordsBatch, last: bigint): boolean => {
    for (let [first] = ahead; first !== undefined && first.firstOffset <= last; [first] = ahead) {
      open.add(first.producerId);
      ahead.shift();
    }
    if ((attributes & CONTROL) !== 0) {
      if (records[0]?.key?.readInt16BE(CONTROL_TYPE_AT) === ABORT) open.delete(producerId);
      return false;
    }
    return (attributes & TRANSACTIONAL) !== 0 && open.has(producerId);
  };
}

function addRecords(batch: RecordsBatch, from: bigint, records: StreamRecord[]): void {
  const skip = from > batch.firstOffset ? Number(from - batch.firstOffset) : 0;
  const firstMs = Number(batch.firstTimestamp);
  const appendedMs = (batch.attributes & LOG_APPEND_TIME) === 0 ? undefined : Number(batch.maxTimestamp);
  for (const record of batch.records) {
    if (record.offsetDelta < skip) continue;
    const ms = appendedMs ?? firstMs + Number(record.timestampDelta);
    records.push(toStreamRecord(record, batch.firstOffset, ms));
  }
}

function toStreamRecord({ offsetDelta, key, value, headers }: KafkaRecord, first: bigint, ms: number): StreamRecord {
  return {
    sequenceNumber: String(first + BigInt(offsetDelta)),
    subSequenceNumber: 0,
    partitionKey: key === null ? '' : key.toString(),
    data: value ?? NO_BYTES,
    arrivedAtMs: Math.min(Math.max(ms, 0), LATEST_MS),
    ...(value === null ? { isTombstone: true } : {}),
    ...(headers.length === 0 ? {} : { headers: headerMap(headers) }),
  };
}

/** Of several headers of one name the last one counts. */
function headerMap(headers: KafkaRecord['headers']): ReadonlyMap<string, Uint8Array> {
  return new Map(headers.map(([name, value]) => [name?.toString() ?? '', value ?? NO_BYTES]));
}
