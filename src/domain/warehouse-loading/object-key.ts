import { Buffer } from 'node:buffer';
import { PenstockError } from '../errors.js';

/** As S3 has it, counted in UTF-8. */
export const MAX_KEY_BYTES = 1024;

/**
 * Checks that a key names the same object on every way to it: 1 to 1,024 bytes of UTF-8, any characters, but no segment
 * between slashes that is `.` or `..` (clients, proxies and S3 itself resolve or refuse those) and no NUL.
 *
 * @throws PenstockError `key.invalid`
 */
export function checkObjectKey(key: string): void {
  const fault = faultOf(key);
  if (fault !== undefined) throw new PenstockError('key.invalid', fault);
}

function faultOf(key: string): string | undefined {
  const bytes = Buffer.from(key);
  if (bytes.length === 0) return 'The key is empty; a key has at least one character.';
  if (bytes.length > MAX_KEY_BYTES) return `The key has ${bytes.length} bytes in UTF-8; ${MAX_KEY_BYTES} are allowed.`;
  if (bytes.toString() !== key) return 'The key is not well-formed Unicode.';
  if (key.includes('\0')) return 'The key holds a NUL character.';
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    return 'The key has a segment "." or "..", which is not the same object on every way to it.';
  }
  return undefined;
}
