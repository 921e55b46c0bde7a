/** A record that could not be stored, with everything needed to understand and to replay it. */
export interface DeadLetter {
  readonly connectorId: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly arrivedAtMs: number;
  /** The original bytes. */
  readonly data: Uint8Array;
  /** What the producer said beside the data, as in the record: the schema may be named there, without which it cannot be read. */
  readonly headers?: ReadonlyMap<string, Uint8Array>;
  /** Of events: the watermark before the record, so that a replay gives the row it would have been. */
  readonly watermarkMs?: number;
  /**
   * Stable code of the reason: `record.not-json`, `record.not-utf8`, `record.unknown-field`, `record.wrong-type`,
   * `record.too-large`; of events `record.not-avro`, `record.unknown-schema`, `record.not-event`.
   */
  readonly code: string;
  /** The guilty column or field, where one is known. */
  readonly column?: string;
  /** For people; names columns and types, never values. */
  readonly reason: string;
}

/** Bytes a letter holds that a producer chose: its data and its headers. */
export function letterBytes({ data, headers }: Pick<DeadLetter, 'data' | 'headers'>): number {
  let bytes = data.byteLength;
  for (const [name, value] of headers ?? []) bytes += name.length + value.byteLength;
  return bytes;
}

/** `open`: waits for somebody. `replaying`: claimed by a replay (see its token). `replayed`, `discarded`: done, kept until retention ends. */
export const DEAD_LETTER_STATES = ['open', 'replaying', 'replayed', 'discarded'] as const;
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];
