import { PenstockError } from '../../../domain/errors.js';
import type { EventCodec, RecordDecoder } from '../../../domain/ports/event-codec.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import { eventFields } from '../../../domain/stream-onboarding/event-fields.js';
import type { EventFormat } from '../../../domain/stream-onboarding/event-format.js';
import { EventReader } from '../../../domain/stream-onboarding/event-reader.js';
import { NO_WATERMARK_MS, watermarkBehind } from '../../../domain/stream-onboarding/event-watermark.js';
import { toLine } from '../../../domain/stream-onboarding/frame-record.js';
import type { StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import type { BatchEvent, BatchRow, CopyBatch } from './copy-batch.js';
import { type LetterReason, type RecordFramer, toDeadLetter } from './record-framer.js';

export interface EventFraming {
  readonly connector: Connector;
  readonly events: EventFormat;
  readonly shardId: string;
  readonly codec: EventCodec;
  /** The latest event time the shard has seen so far. */
  readonly watermarkMs?: number;
}

/** A row of an event has one always. */
type EventRow = BatchRow & { readonly event: BatchEvent };

/** Codes of letters that were no events when they became letters: their times are not known. */
const NOT_EVENTS: ReadonlySet<string> = new Set(['record.not-avro', 'record.unknown-schema', 'record.not-event']);

/**
 * Events become lines by their schema. What they were framed by is theirs for good: the watermark before each depends on
 * the records before it alone, so that a range which is framed again gives the same rows.
 */
export class EventFramer implements RecordFramer {
  private decoder: RecordDecoder | undefined;
  private readonly reader: EventReader;
  private readonly fields: (record: StreamRecord, watermarkMs: number) => Uint8Array;
  private latestMs: number;

  constructor(private readonly framing: EventFraming) {
    this.reader = new EventReader(framing.events);
    this.fields = eventFields(framing.shardId);
    this.latestMs = framing.watermarkMs ?? NO_WATERMARK_MS;
  }

  get watermarkMs(): number {
    return this.latestMs;
  }

  async prepare(records: readonly StreamRecord[]): Promise<void> {
    const { codec, events } = this.framing;
    this.decoder ??= codec.decoder(events.readerSchema);
    const written = records.filter(({ isTombstone }) => isTombstone === undefined);
    if (written.length > 0) await this.decoder.prepare(written);
  }

  frame(record: StreamRecord, watermarkMs = this.latestMs): EventRow | LetterReason {
    const decoded = this.prepared.decode(record);
    if (!(decoded instanceof Uint8Array)) return { ...decoded, watermarkMs };
    const key = this.reader.read(decoded);
    if (key === undefined) {
      return { code: 'record.not-event', reason: 'The record has no id or no time of an event.', watermarkMs };
    }
    const frame = { start: 0, end: decoded.length, empty: false, broken: false };
    const line = toLine(decoded, frame, this.fields(record, watermarkMs));
    return { line, record, event: { ...key, watermarkMs } };
  }

  add(record: StreamRecord, batch: CopyBatch): void {
    if (record.isTombstone) return batch.pass(record);
    const framed = this.frame(record);
    if ('line' in framed) {
      this.advance(framed, batch);
      batch.addRow(framed);
      return;
    }
    const { connector, shardId } = this.framing;
    batch.addLetter(record, toDeadLetter(connector.id, shardId, record, framed));
  }

  addKnown(record: StreamRecord, code: string, batch: CopyBatch): void {
    const framed = NOT_EVENTS.has(code) ? undefined : this.frame(record);
    if (framed === undefined || !('line' in framed)) return batch.skip(record);
    this.advance(framed, batch);
    batch.skip(record, framed.event);
  }

  private advance({ event, record }: EventRow, batch: CopyBatch): void {
    this.latestMs = watermarkBehind(this.latestMs, Number(event.time), record.arrivedAtMs);
    batch.watermarkMs = this.latestMs;
  }

  private get prepared(): RecordDecoder {
    if (this.decoder === undefined)
      throw new PenstockError('internal.defect', 'Events are framed before their schemas are there.');
    return this.decoder;
  }
}
