import { createHash } from 'node:crypto';
import type { Day } from './calendar.js';
import { MAX_NAME_BYTES } from './qualified-name.js';

const HASH_LENGTH = 6;

/**
 * `<table>_YYYY_MM`. A name too long for PostgreSQL would be cut there, and all months become one: the table's part is
 * shortened instead, with a hash that tells it from others that begin alike.
 */
export function partitionName(table: string, month: Day): string {
  const suffix = `_${month.slice(0, 7).replace('-', '_')}`;
  if (byteLength(table + suffix) <= MAX_NAME_BYTES) return table + suffix;
  const end = `_${createHash('sha256').update(table).digest('hex').slice(0, HASH_LENGTH)}${suffix}`;
  // What is left of a character that was cut in two is no character.
  const stem = new TextDecoder().decode(new TextEncoder().encode(table).subarray(0, MAX_NAME_BYTES - byteLength(end)));
  return stem.replace(/\uFFFD+$/u, '') + end;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
