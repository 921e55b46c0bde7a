import type { Checkpoint, PendingRange } from './lease.js';
import { compareSequenceNumbers, type StreamRecord } from './stream-record.js';

/** How far a shard is: what is safely in the table, and what may or may not be. */
export interface ShardProgress {
  readonly checkpoint: Checkpoint;
  readonly pending?: PendingRange;
}

/**
 * What to do with records read from a shard, given how far it is.
 *
 * - `new`: nothing is pending; `records` are those behind the checkpoint.
 * - `partial`: a range is pending and has not been read to its end; `records` are what has been read of it. Read on.
 * - `repeat`: insert exactly `records` under the token of the pending range; `rest` comes after it.
 * - `broken`: the pending range cannot be read again as it was, so that nobody can say what of it is in the table.
 */
export type RangePlan = { readonly dropped: number } & (
  | { readonly kind: 'new' | 'partial'; readonly records: readonly StreamRecord[] }
  | { readonly kind: 'repeat'; readonly records: readonly StreamRecord[]; readonly rest: readonly StreamRecord[] }
  | { readonly kind: 'broken'; readonly reason: BrokenRange }
);

/** Its first record is not there any more, its last is missing, or it has another number of records. */
export type BrokenRange = 'first-missing' | 'last-missing' | 'count-differs';

/**
 * A sink may be shown the same records again, an overlapping run of them, a part, or older ones: after a restart, a lost
 * lease, an expired iterator. Whatever is not behind the checkpoint, or was in `read` before, is dropped.
 *
 * @param read all records read since the checkpoint or the start of the pending range, in the order they were read; the
 * events of one aggregate stand together
 */
export function planRange({ checkpoint, pending }: ShardProgress, read: readonly StreamRecord[]): RangePlan {
  const behind = onceInOrder(read).filter(({ sequenceNumber }) => isBehind(checkpoint, sequenceNumber));
  // A pending range starts with the first record its owner wanted: what is older was left out on purpose.
  const records = pending ? behind.filter(({ sequenceNumber }) => !isOlder(sequenceNumber, pending)) : behind;
  const dropped = read.length - records.length;
  if (!pending) return { kind: 'new', records, dropped };
  return { ...planPending(pending, records), dropped };
}

/** What is behind the checkpoint, of records read while nothing is pending. */
export function freshRecords(checkpoint: Checkpoint, read: readonly StreamRecord[]): readonly StreamRecord[] {
  return onceInOrder(read).filter(({ sequenceNumber }) => isBehind(checkpoint, sequenceNumber));
}

type WithoutDropped<T> = T extends unknown ? Omit<T, 'dropped'> : never;

function planPending(pending: PendingRange, records: readonly StreamRecord[]): WithoutDropped<RangePlan> {
  const [first] = records;
  if (first && first.sequenceNumber !== pending.first) return { kind: 'broken', reason: 'first-missing' };
  const found = records.findIndex(({ sequenceNumber }) => compareSequenceNumbers(sequenceNumber, pending.last) > 0);
  const end = found < 0 ? records.length : found;
  const range = records.slice(0, end);
  if (range.at(-1)?.sequenceNumber !== pending.last) {
    return found < 0 ? { kind: 'partial', records: range } : { kind: 'broken', reason: 'last-missing' };
  }
  if (range.length !== pending.records) return { kind: 'broken', reason: 'count-differs' };
  return { kind: 'repeat', records: range, rest: records.slice(end) };
}

/** Records in ascending order of position; one that is not behind all before it has been read before. */
function onceInOrder(read: readonly StreamRecord[]): StreamRecord[] {
  const records: StreamRecord[] = [];
  for (const record of read) {
    const last = records.at(-1);
    if (last === undefined || comparePositions(last, record) < 0) records.push(record);
  }
  return records;
}

/** Order of records in their shard. */
export function comparePositions(a: StreamRecord, b: StreamRecord): number {
  return compareSequenceNumbers(a.sequenceNumber, b.sequenceNumber) || a.subSequenceNumber - b.subSequenceNumber;
}

function isBehind(checkpoint: Checkpoint, sequenceNumber: string): boolean {
  if (checkpoint === 'AT_START') return true;
  return checkpoint !== 'SHARD_END' && compareSequenceNumbers(sequenceNumber, checkpoint.sequenceNumber) > 0;
}

function isOlder(sequenceNumber: string, { first }: PendingRange): boolean {
  return compareSequenceNumbers(sequenceNumber, first) < 0;
}

/**
 * The range of a batch that is about to be inserted.
 *
 * @param records whole sequence numbers (see `fittingRecords`), not empty
 */
export function rangeOf(records: readonly StreamRecord[]): PendingRange {
  const [first] = records;
  const last = records.at(-1);
  if (!first || !last) throw new RangeError('An empty batch has no range.');
  return { first: first.sequenceNumber, last: last.sequenceNumber, records: records.length };
}

/** The same records of the same shard have the same token, whoever inserts them, however often. */
export function batchToken(streamName: string, shardId: string, { first, last }: PendingRange): string {
  return `${streamName}:${shardId}:${first}-${last}`;
}
