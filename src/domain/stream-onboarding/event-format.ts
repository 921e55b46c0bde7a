/**
 * How the records of a stream are events: Avro in Confluent's wire format, resolved to the schema of its readers. A
 * connector without one copies JSON objects.
 */
export interface EventFormat {
  readonly format: 'avro';
  /** JSON text of the Avro record schema that every event is resolved to; the table has a column for each of its fields. */
  readonly readerSchema: string;
  /** The field that names the event: text. */
  readonly idField: string;
  /** The field that says when it happened: a `timestamp-millis`. */
  readonly timeField: string;
}

/** What makes an event this event: published again, it has the same id and the same time. */
export interface EventKey {
  readonly id: string;
  /** Milliseconds since the epoch, in decimal digits. */
  readonly time: string;
}

/** The key as one text, to look it up by. */
export const eventKeyText = ({ id, time }: EventKey): string => `${time} ${id}`;

/** Whether two formats read the same record in the same way. */
export function isSameFormat(one: EventFormat | undefined, other: EventFormat | undefined): boolean {
  return (
    one?.readerSchema === other?.readerSchema && one?.idField === other?.idField && one?.timeField === other?.timeField
  );
}
