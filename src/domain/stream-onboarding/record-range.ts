import type { Checkpoint, PendingRange } from './lease.js';
import { compareSequenceNumbers, type StreamRecord } from './stream-record.js';

/**
 * The name of one insert, made of nothing but what is copied, so that a repetition has the same: whatever its bytes look
 * like by then. Stream and shard ids have no colon.
 */
export function batchToken(streamName: string, shardId: string, range: Pick<PendingRange, 'first' | 'last'>): string {
  return `${streamName}:${shardId}:${range.first}-${range.last}`;
}

/** What a shard's records are to a sink that has seen some of them before. */
export interface RangePlan {
  /** At or before the checkpoint: landed long ago, never again. */
  readonly landed: readonly StreamRecord[];
  /** Inside the pending range: perhaps landed; repeated whole, under its own token. */
  readonly pending: readonly StreamRecord[];
  /** Behind both: never handed over before. */
  readonly fresh: readonly StreamRecord[];
}

/**
 * Sorts records that arrive, in the order of the shard, by what the sink knows of them. Whether the arriving range is the
 * same as the one before, overlaps it, contains it, or is older (the cases of ClickHouse's Kafka Connect sink, its
 * docs/DESIGN.md), each record falls into exactly one part, and only `fresh` ones may start a new range.
 */
export function planRange(
  checkpoint: Checkpoint,
  pending: PendingRange | undefined,
  records: readonly StreamRecord[],
): RangePlan {
  const landedTo = typeof checkpoint === 'object' ? checkpoint.sequenceNumber : undefined;
  const isLanded = ({ sequenceNumber }: StreamRecord): boolean =>
    checkpoint === 'SHARD_END' || (landedTo !== undefined && compareSequenceNumbers(sequenceNumber, landedTo) <= 0);
  const isPending = ({ sequenceNumber }: StreamRecord): boolean =>
    pending !== undefined && compareSequenceNumbers(sequenceNumber, pending.last) <= 0;
  const unlanded = records.filter((record) => !isLanded(record));
  return {
    landed: records.filter(isLanded),
    pending: unlanded.filter(isPending),
    fresh: unlanded.filter((record) => !isPending(record)),
  };
}
