import type { DeadLetter } from '../../../domain/stream-onboarding/dead-letter.js';
import { type EventKey, eventKeyText } from '../../../domain/stream-onboarding/event-format.js';
import type { PendingRange } from '../../../domain/stream-onboarding/lease.js';
import type { StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';

/** Which event a row is, and the watermark before it. */
export interface BatchEvent extends EventKey {
  readonly watermarkMs: number;
}

/** A record ready for the warehouse: its line of NDJSON, and the record it came from. */
export interface BatchRow {
  readonly line: Uint8Array;
  readonly record: StreamRecord;
  /** Of events. */
  readonly event?: BatchEvent;
  /** Its fields without a column have been moved into `_extra`. */
  readonly hasExtra?: boolean;
}

/**
 * Records of one shard, in order, on their way into one insert. It always ends between two records of the stream, never
 * inside a KPL aggregate, so that its range can be read again exactly.
 */
export class CopyBatch {
  readonly rows: BatchRow[] = [];
  readonly letters: DeadLetter[] = [];
  bytes = 0;
  /** Records that were dead letters before: of a range that is repeated. */
  known = 0;
  /** Events that the batch has already. */
  duplicates = 0;
  /** Of events: the latest event time up to the last record. */
  watermarkMs: number | undefined;
  private records = 0;
  private first: string | undefined;
  private last: string | undefined;

  private readonly events = new Set<string>();

  /** @param startWatermarkMs of events: the watermark before the first record */
  constructor(
    readonly openedAtMs: number,
    private readonly startWatermarkMs?: number,
  ) {
    this.watermarkMs = startWatermarkMs;
  }

  get isEmpty(): boolean {
    return this.records === 0;
  }

  /** Records held, good and bad. */
  get size(): number {
    return this.records;
  }

  addRow(row: BatchRow): void {
    this.count(row.record);
    if (row.event === undefined || this.isFirst(row.event)) this.rows.push(row);
    else this.duplicates += 1;
  }

  addLetter(record: StreamRecord, letter: DeadLetter): void {
    this.count(record);
    this.letters.push(letter);
  }

  /** A record of which nothing is to be stored. */
  pass(record: StreamRecord): void {
    this.count(record);
  }

  /** A record that is a dead letter already: part of the range, but nothing to store. */
  skip(record: StreamRecord, event?: BatchEvent): void {
    this.count(record);
    if (event !== undefined) this.isFirst(event);
    this.known += 1;
  }

  /** Whether the next record belongs to the same aggregate as the last one, so that the batch may not end here. */
  splitsBefore(record: StreamRecord): boolean {
    return this.last !== undefined && record.sequenceNumber !== this.last;
  }

  /** @throws Error on an empty batch, which has no range */
  range(): PendingRange {
    if (this.first === undefined || this.last === undefined) throw new Error('an empty batch has no range');
    const { first, last, records, startWatermarkMs } = this;
    return { first, last, records, ...(startWatermarkMs === undefined ? {} : { watermarkMs: startWatermarkMs }) };
  }

  /** Notes an event; of those that are published twice, the first lands. */
  private isFirst(event: BatchEvent): boolean {
    const { size } = this.events;
    return this.events.add(eventKeyText(event)).size > size;
  }

  private count(record: StreamRecord): void {
    this.first ??= record.sequenceNumber;
    this.last = record.sequenceNumber;
    this.records += 1;
    this.bytes += record.data.byteLength;
  }
}
