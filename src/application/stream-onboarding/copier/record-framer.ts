import type { DeadLetter } from '../../../domain/stream-onboarding/dead-letter.js';
import type { StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import type { BatchRow, CopyBatch } from './copy-batch.js';

/** Why a record could not be stored. */
export interface LetterReason {
  readonly code: string;
  readonly column?: string;
  readonly reason: string;
  /** Of events: the watermark before the record. */
  readonly watermarkMs?: number;
}

/** Turns the records of one shard, in their order, into rows of one table. */
export interface RecordFramer {
  /** Of events: the latest event time seen so far. */
  readonly watermarkMs?: number;

  /**
   * Fetches what it takes to frame these records; nothing is framed before.
   *
   * @throws PenstockError `registry.unreachable` and others that time may mend: it can be tried again
   */
  prepare(records: readonly StreamRecord[]): Promise<void>;

  /**
   * The record's row, or why it has none.
   *
   * @param watermarkMs of events: of a record that is framed out of its order, what it was before it
   */
  frame(record: StreamRecord, watermarkMs?: number): BatchRow | LetterReason;

  /** Puts the record into the batch, as a row or as a dead letter; of a tombstone there is only its place. */
  add(record: StreamRecord, batch: CopyBatch): void;

  /** Counts a record that is a dead letter with this code already, as it was counted when it became one. */
  addKnown(record: StreamRecord, code: string, batch: CopyBatch): void;
}

export function toDeadLetter(
  connectorId: string,
  shardId: string,
  record: StreamRecord,
  why: LetterReason,
): DeadLetter {
  const { sequenceNumber, subSequenceNumber, partitionKey, arrivedAtMs, data, headers } = record;
  const position = { connectorId, shardId, sequenceNumber, subSequenceNumber };
  return { ...position, partitionKey, arrivedAtMs, data, ...(headers && { headers }), ...why };
}
