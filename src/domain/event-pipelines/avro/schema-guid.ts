import { createHash } from 'node:crypto';
import type { Reference } from './referenced-schemas.js';

/** The version of UUIDs whose bits are a matter of who makes them (RFC 9562, 5.8), and their variant. */
const VERSION = 0x80;
const VARIANT = 0x80;

/** The GUID of a schema: of its text and what it refers to, so that every registry of ours gives it the same. */
export function schemaGuid(text: string, references: readonly Reference[]): string {
  const named = references.map(({ name, subject, version }) => [name, subject, version]);
  const bytes = createHash('sha256')
    .update(JSON.stringify([text, named]))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | VERSION;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | VARIANT;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
