import type { EventValues } from '../event-pipelines/avro-schema.js';

/** A schema made ready for work. */
export interface EventEncoder {
  /**
   * The event in Confluent's wire format with the id in front: 0x00, the id in 4 bytes, big endian, Avro binary.
   *
   * @throws PenstockError `event.invalid` with a fault per field that does not fit, by path, without values
   */
  encode(event: EventValues): Uint8Array;
}

/** Why a record cannot be decoded. */
export interface UndecodedRecord {
  readonly code: 'record.not-avro' | 'record.unknown-schema';
  readonly reason: string;
}

/** Turns records of one stream into lines of NDJSON whose fields are those of the schema that readers expect. */
export interface RecordDecoder {
  /**
   * Fetches and prepares the schemas that these records were written with. To be called before `decode`.
   *
   * @throws PenstockError `registry.unreachable`, `database.unreachable`: then none is decoded, and it can be tried again
   */
  prepare(records: readonly WireRecord[]): Promise<void>;

  /**
   * The record's event as the bytes of one JSON object, resolved to the reader's schema: integers keep all their digits,
   * bytes and text are UTF-8, a timestamp is milliseconds since the epoch.
   */
  decode(record: WireRecord): Uint8Array | UndecodedRecord;
}

/** A record as it is in the stream: the id stands in front of the data, or a GUID in the header `__value_schema_id`. */
export interface WireRecord {
  readonly data: Uint8Array;
  readonly headers?: ReadonlyMap<string, Uint8Array>;
}

/** Avro, by the schemas of the registry. Every adapter passes test/contracts/event-codec.contract.ts. */
export abstract class EventCodec {
  /** @param schema JSON text of an Avro record schema; `schemaId` its id in the registry @throws `schema.invalid` */
  abstract encoder(schema: string, schemaId: number): EventEncoder;

  /** @param readerSchema what each record is resolved to, by Avro's rules of resolution @throws `schema.invalid` */
  abstract decoder(readerSchema: string): RecordDecoder;
}
