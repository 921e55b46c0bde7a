/** The part of Avro 1.12 that events use (https://avro.apache.org/docs/1.12.0/specification/). */
export type AvroType =
  | 'string'
  | 'long'
  | 'double'
  | { readonly type: 'long'; readonly logicalType: 'timestamp-millis' }
  | readonly ['null', 'string' | 'long' | 'double'];

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  /** Only on a field that may be missing. */
  readonly default?: null;
}

/** The schema of one event type. */
export interface AvroRecordSchema {
  readonly type: 'record';
  readonly namespace: string;
  readonly name: string;
  readonly fields: readonly AvroField[];
}

/** One event: text, numbers, and null for what is missing; a timestamp is milliseconds since the epoch. */
export type EventValues = Readonly<Record<string, string | number | null>>;
