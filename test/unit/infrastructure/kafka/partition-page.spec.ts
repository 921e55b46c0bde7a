import { describe, expect, it } from 'vitest';
import { type PartitionAnswer, readPage } from '../../../../src/infrastructure/kafka/partition-page.js';

type Batch = NonNullable<PartitionAnswer['records']>[number];

const TRANSACTIONAL = 16;
const CONTROL = 32;
const LOG_APPEND_TIME = 8;

/** A batch whose records are called by their offsets. */
function batch(first: number, count: number, more: Partial<Batch> = {}): Batch {
  const records = Array.from({ length: count }, (_, offsetDelta) => ({
    length: 1,
    attributes: 0,
    timestampDelta: BigInt(offsetDelta),
    offsetDelta,
    key: Buffer.from('k'),
    value: Buffer.from(String(first + offsetDelta)),
    headers: [],
  }));
  const head = { length: 1, partitionLeaderEpoch: 0, magic: 2, crc: 0, producerEpoch: 0, firstSequence: 0 };
  const times = { firstTimestamp: 1000n, maxTimestamp: 5000n };
  const own = { firstOffset: BigInt(first), lastOffsetDelta: count - 1, attributes: 0, producerId: -1n, records };
  return { ...head, ...times, ...own, ...more };
}

function marker(offset: number, producerId: bigint, kind: 'abort' | 'commit'): Batch {
  const made = batch(offset, 1, { producerId, attributes: TRANSACTIONAL | CONTROL });
  made.records[0]!.key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  return made;
}

const written = (first: number, count: number, producerId: bigint): Batch =>
  batch(first, count, { producerId, attributes: TRANSACTIONAL });

function answer(records: Batch[], aborted: readonly (readonly [bigint, number])[] = []): PartitionAnswer {
  const abortedTransactions = aborted.map(([producerId, first]) => ({ producerId, firstOffset: BigInt(first) }));
  const offsets = { highWatermark: 99n, lastStableOffset: 99n, logStartOffset: 0n };
  return { partitionIndex: 0, errorCode: 0, preferredReadReplica: -1, abortedTransactions, records, ...offsets };
}

const read = (asked: PartitionAnswer, from = 0): string[] =>
  readPage(asked, BigInt(from)).records.map(({ sequenceNumber }) => sequenceNumber);

describe('what a broker answers', () => {
  it('is cut to the asked offset, and goes on behind the last batch, whatever was compacted away', () => {
    const compacted = batch(10, 3, { lastOffsetDelta: 9 });
    const page = readPage(answer([batch(0, 10), compacted]), 8n);
    expect(page.records.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['8', '9', '10', '11', '12']);
    expect(page.next).toBe(20n);
  });

  it('leaves the place where it was when there is nothing', () => {
    expect(readPage(answer([]), 7n)).toEqual({ records: [], next: 7n });
  });

  it('has no records of aborted transactions, also of several by one producer', () => {
    const batches = [
      written(0, 2, 1n),
      marker(2, 1n, 'abort'),
      written(3, 2, 1n),
      marker(5, 1n, 'commit'),
      written(6, 2, 1n),
      marker(8, 1n, 'abort'),
      batch(9, 1),
    ];
    const page = readPage(
      answer(batches, [
        [1n, 6],
        [1n, 0],
      ]),
      0n,
    );
    expect(page.records.map(({ sequenceNumber }) => sequenceNumber)).toEqual(['3', '4', '9']);
    expect(page.next).toBe(10n);
  });

  it('has none of a transaction whose end is in a later answer, and those of others in between', () => {
    const batches = [written(0, 2, 1n), written(2, 1, 2n), batch(3, 1), written(4, 1, 1n), marker(5, 2n, 'commit')];
    expect(read(answer(batches, [[1n, 0]]))).toEqual(['2', '3']);
  });

  it('has none of a transaction that began before the answer, up to its end', () => {
    const batches = [written(20, 2, 1n), marker(22, 1n, 'abort'), written(23, 1, 1n), marker(24, 1n, 'commit')];
    expect(read(answer(batches, [[1n, 3]]), 20)).toEqual(['23']);
  });

  it('is not upset by the end of a transaction nobody has spoken of', () => {
    expect(read(answer([marker(0, 7n, 'abort'), written(1, 1, 1n)], [[1n, 1]]))).toEqual([]);
  });

  it('has the time of the producer, or the time of the broker where the topic says so', () => {
    const [own] = readPage(answer([batch(0, 1)]), 0n).records;
    const [appended] = readPage(answer([batch(0, 1, { attributes: LOG_APPEND_TIME })]), 0n).records;
    expect([own!.arrivedAtMs, appended!.arrivedAtMs]).toEqual([1000, 5000]);
  });

  it('has only times that a calendar has', () => {
    const of = (firstTimestamp: bigint) =>
      readPage(answer([batch(0, 1, { firstTimestamp })]), 0n).records[0]!.arrivedAtMs;
    expect([of(-1n), of(2n ** 62n)].map((ms) => new Date(ms).getUTCFullYear())).toEqual([1970, 2286]);
  });
});
