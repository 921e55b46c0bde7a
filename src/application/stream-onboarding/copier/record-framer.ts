import type { Column } from '../../../domain/shared/column.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { DeadLetter } from '../../../domain/stream-onboarding/dead-letter.js';
import { type FrameFault, frameRecord } from '../../../domain/stream-onboarding/frame-record.js';
import type { StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import { virtualColumns, virtualFields } from '../../../domain/stream-onboarding/virtual-columns.js';
import type { CopyBatch } from './copy-batch.js';

const REASONS: Readonly<Record<FrameFault | 'record.too-large', string>> = {
  'record.not-utf8': 'The record is not UTF-8.',
  'record.not-json': 'The record is not one JSON object.',
  'record.too-large': 'The record is larger than the limit for one row.',
};

/** Why a record could not be stored. */
export interface LetterReason {
  readonly code: string;
  readonly column?: string;
  readonly reason: string;
}

/** Turns records into lines for the warehouse, without parsing them. */
export class RecordFramer {
  private readonly virtual = new WeakMap<Connector, readonly Column[]>();

  constructor(private readonly maxRecordBytes: number) {}

  /** The record's line, or why it has none. */
  frame(connector: Connector, shardId: string, record: StreamRecord): Uint8Array | LetterReason {
    if (record.data.byteLength > this.maxRecordBytes) return faultOf('record.too-large');
    const virtual = this.virtualColumns(connector);
    const origin = { streamName: connector.streamName, shardId, record };
    const line = frameRecord(record.data, virtual.length > 0 ? virtualFields(virtual, origin) : undefined);
    return typeof line === 'string' ? faultOf(line) : line;
  }

  private virtualColumns(connector: Connector): readonly Column[] {
    let columns = this.virtual.get(connector);
    if (columns === undefined) this.virtual.set(connector, (columns = virtualColumns(connector.columns)));
    return columns;
  }

  /** Puts the record into the batch, as a row or as a dead letter. */
  add(connector: Connector, shardId: string, record: StreamRecord, batch: CopyBatch): void {
    const line = this.frame(connector, shardId, record);
    if (line instanceof Uint8Array) batch.addRow({ line, record });
    else batch.addLetter(record, toDeadLetter(connector.id, shardId, record, line));
  }
}

const faultOf = (code: FrameFault | 'record.too-large'): LetterReason => ({ code, reason: REASONS[code] });

export function toDeadLetter(connectorId: string, shardId: string, record: StreamRecord, why: LetterReason): DeadLetter {
  const { sequenceNumber, subSequenceNumber, partitionKey, arrivedAtMs, data } = record;
  return { connectorId, shardId, sequenceNumber, subSequenceNumber, partitionKey, arrivedAtMs, data, ...why };
}
