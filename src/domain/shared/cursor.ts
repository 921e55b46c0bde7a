import { Buffer } from 'node:buffer';
import { PenstockError } from '../errors.js';

/** A place in a list, as callers see it: opaque, so that what stands in it can change. */
export function encodeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

/** @throws PenstockError `cursor.invalid` when it is none of ours */
export function decodeCursor(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString('utf8');
  if (place !== '' && encodeCursor(place) === cursor) return place;
  throw new PenstockError('cursor.invalid', 'The cursor is not one that this service has given out.');
}
