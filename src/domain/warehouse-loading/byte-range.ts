import { PenstockError } from '../errors.js';

/** Bytes `first` to `last`, both inclusive; without `last` to the end; or the last `suffix` bytes (RFC 9110, 14.1.2). */
export type ByteRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

const RANGE = /^bytes=\s*(\d*)-(\d*)\s*$/iu;
/** Behind the end of any object, and a number a store can read. */
const FARTHEST = Number.MAX_SAFE_INTEGER;

/**
 * Reads a `Range` header (RFC 9110, 14.2): undefined, which means the whole, for another unit, several ranges or what makes
 * no sense, as a server may do with any of them.
 *
 * @throws PenstockError `object.range` for a suffix of no bytes
 */
export function parseRange(header: string): ByteRange | undefined {
  const [, first = '', last = ''] = RANGE.exec(header.trim()) ?? [];
  if (first === '') return last === '' ? undefined : suffixOf(placeOf(last));
  if (last === '') return { first: placeOf(first) };
  return Number(last) < Number(first) ? undefined : { first: placeOf(first), last: placeOf(last) };
}

function placeOf(digits: string): number {
  return Math.min(Number(digits), FARTHEST);
}

function suffixOf(bytes: number): ByteRange {
  if (bytes > 0) return { suffix: bytes };
  throw new PenstockError('object.range', 'The last 0 bytes of an object are no range.');
}
