import { createHash } from 'node:crypto';
import type { Secret } from '../../domain/ports/secret-store.port.js';

const VERSION_DIGITS = 16;

/** A secret of a place that numbers no versions. */
export function secretOf(value: string): Secret {
  return { value, version: createHash('sha256').update(value).digest('hex').slice(0, VERSION_DIGITS) };
}
