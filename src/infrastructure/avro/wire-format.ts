import type { WireRecord } from '../../domain/ports/event-codec.port.js';

/** Before the data in its prefix form: a zero, then the id of the schema in 4 bytes, big endian. */
export const PREFIX_BYTES = 5;
const PREFIX_MAGIC = 0x00;
/** The header of a record in the other form: a one, then the 16 bytes of the schema's GUID. */
const HEADER = '__value_schema_id';
const HEADER_MAGIC = 0x01;
const HEADER_BYTES = 17;

/** By what the schema is found that a record was written with. */
export type SchemaKey = number | string;

/** A record's schema, and where its data begins; undefined when the record is in neither form. */
export interface WireEvent {
  readonly key: SchemaKey;
  readonly start: number;
}

/** Confluent's wire format. The header goes before the prefix where a record has it, as in Confluent's own readers. */
export function readWireFormat({ data, headers }: WireRecord): WireEvent | undefined {
  const header = headers?.get(HEADER);
  if (header !== undefined) {
    if (header.length === HEADER_BYTES && header[0] === HEADER_MAGIC) return { key: guidOf(header), start: 0 };
    // The header may also carry the prefix's form, as some writers do.
    return header.length === PREFIX_BYTES && header[0] === PREFIX_MAGIC ? { key: idIn(header), start: 0 } : undefined;
  }
  if (data.length < PREFIX_BYTES || data[0] !== PREFIX_MAGIC) return undefined;
  return { key: idIn(data), start: PREFIX_BYTES };
}

export function writePrefix(bytes: Uint8Array, id: number): void {
  bytes[0] = PREFIX_MAGIC;
  bytes[1] = id >>> 24;
  bytes[2] = id >>> 16;
  bytes[3] = id >>> 8;
  bytes[4] = id;
}

function idIn(bytes: Uint8Array): number {
  const [, a = 0, b = 0, c = 0, d = 0] = bytes;
  return (a << 24) | (b << 16) | (c << 8) | d;
}

function guidOf(header: Uint8Array): string {
  const hex = Buffer.from(header.buffer, header.byteOffset + 1, HEADER_BYTES - 1).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
