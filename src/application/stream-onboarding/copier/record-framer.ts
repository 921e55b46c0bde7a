import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { DeadLetter } from '../../../domain/stream-onboarding/dead-letter.js';
import { type FrameFault, frameRecord, toLine } from '../../../domain/stream-onboarding/frame-record.js';
import type { StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import { virtualFields } from '../../../domain/stream-onboarding/virtual-columns.js';
import type { CopyBatch } from './copy-batch.js';

const REASONS: Readonly<Record<FrameFault, string>> = {
  'record.not-utf8': 'The record is not UTF-8.',
  'record.not-json': 'The record is not one JSON object.',
  'record.too-large': 'The record is larger than a row may be.',
};

/** Why a record could not be stored. */
export interface LetterReason {
  readonly code: string;
  readonly column?: string;
  readonly reason: string;
}

/** Turns the records of one shard into lines for one table, without parsing them. */
export class RecordFramer {
  private readonly fields: ((record: StreamRecord) => Uint8Array) | undefined;

  constructor(
    private readonly connector: Connector,
    private readonly shardId: string,
  ) {
    this.fields = virtualFields(connector.columns, { streamName: connector.streamName, shardId });
  }

  /** The record's line, or why it has none. */
  frame(record: StreamRecord): Uint8Array | LetterReason {
    const frame = frameRecord(record.data);
    if (typeof frame === 'string') return { code: frame, reason: REASONS[frame] };
    return toLine(record.data, frame, this.fields?.(record));
  }

  /** Puts the record into the batch, as a row or as a dead letter; of a tombstone there is only its place. */
  add(record: StreamRecord, batch: CopyBatch): void {
    if (record.isTombstone) return batch.pass(record);
    const line = this.frame(record);
    if (line instanceof Uint8Array) batch.addRow({ line, record });
    else batch.addLetter(record, toDeadLetter(this.connector.id, this.shardId, record, line));
  }
}

export function toDeadLetter(
  connectorId: string,
  shardId: string,
  record: StreamRecord,
  why: LetterReason,
): DeadLetter {
  const { sequenceNumber, subSequenceNumber, partitionKey, arrivedAtMs, data } = record;
  return { connectorId, shardId, sequenceNumber, subSequenceNumber, partitionKey, arrivedAtMs, data, ...why };
}
