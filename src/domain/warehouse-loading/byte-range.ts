import { PenstockError } from '../errors.js';

/** Bytes `first` to `last`, both inclusive; without `last` to the end; or the last `suffix` bytes (RFC 9110, 14.1.2). */
export type ByteRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

const RANGE = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/iu;

/**
 * Reads a `Range` header (RFC 9110, 14.2): undefined, which means the whole, for another unit, several ranges or what makes
 * no sense, as a server may do with any of them.
 *
 * @throws PenstockError `object.range` for a suffix of no bytes
 */
export function parseRange(header: string): ByteRange | undefined {
  const [, first = '', last = ''] = RANGE.exec(header.trim()) ?? [];
  if (first === '') return last === '' ? undefined : suffixOf(Number(last));
  if (last === '') return { first: Number(first) };
  return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
}

function suffixOf(bytes: number): ByteRange {
  if (bytes > 0) return { suffix: bytes };
  throw new PenstockError('object.range', 'The last 0 bytes of an object are no range.');
}
