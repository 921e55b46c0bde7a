import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import { type FrameFault, frameRecord, toLine } from '../../../domain/stream-onboarding/frame-record.js';
import type { StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import { virtualFields } from '../../../domain/stream-onboarding/virtual-columns.js';
import type { BatchRow, CopyBatch } from './copy-batch.js';
import { type LetterReason, type RecordFramer, toDeadLetter } from './record-framer.js';

const REASONS: Readonly<Record<FrameFault, string>> = {
  'record.not-utf8': 'The record is not UTF-8.',
  'record.not-json': 'The record is not one JSON object.',
  'record.too-large': 'The record is larger than a row may be.',
};

/** JSON objects become lines without being parsed. */
export class JsonFramer implements RecordFramer {
  private readonly fields: ((record: StreamRecord) => Uint8Array) | undefined;

  constructor(
    private readonly connector: Connector,
    private readonly shardId: string,
  ) {
    this.fields = virtualFields(connector.columns, { streamName: connector.streamName, shardId });
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  frame(record: StreamRecord): BatchRow | LetterReason {
    const frame = frameRecord(record.data);
    if (typeof frame === 'string') return { code: frame, reason: REASONS[frame] };
    return { line: toLine(record.data, frame, this.fields?.(record)), record };
  }

  add(record: StreamRecord, batch: CopyBatch): void {
    if (record.isTombstone) return batch.pass(record);
    const framed = this.frame(record);
    if ('line' in framed) batch.addRow(framed);
    else batch.addLetter(record, toDeadLetter(this.connector.id, this.shardId, record, framed));
  }

  addKnown(record: StreamRecord, _code: string, batch: CopyBatch): void {
    batch.skip(record);
  }
}
