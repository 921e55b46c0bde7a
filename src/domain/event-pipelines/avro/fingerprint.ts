import type { AvroSchema } from './avro-node.js';
import { parsingCanonicalForm } from './schema-text.js';

/** The CRC of nothing, as the specification of Avro has it ("Schema Fingerprints"). */
const EMPTY = 0xc15d213aa4d7a795n;

const TABLE = BigUint64Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) value = (value >> 1n) ^ (EMPTY & -(value & 1n));
  return value;
});

/** CRC-64-AVRO of bytes, as an unsigned number of 64 bits. */
export function crc64Avro(bytes: Uint8Array): bigint {
  let crc = EMPTY;
  for (const byte of bytes) crc = (crc >> 8n) ^ (TABLE[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n);
  return crc;
}

/** The fingerprint of a schema: CRC-64-AVRO of its Parsing Canonical Form, in 16 hexadecimal digits. */
export function avroFingerprint(schema: Pick<AvroSchema, 'root'>): string {
  const bytes = new TextEncoder().encode(parsingCanonicalForm(schema));
  return crc64Avro(bytes).toString(16).padStart(16, '0');
}
