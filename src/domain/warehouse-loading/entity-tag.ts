import { PenstockError } from '../errors.js';

/** What `If-Match` and `If-None-Match` hold (RFC 9110, 13.1): any object, or one with one of these tags. */
export type EntityTags = '*' | readonly string[];

const MAX_TAGS = 50;
const TAG = /^(?:W\/)?"[\u0021\u0023-\u007e\u0080-\u00ff]*"$/u;
const BARE = /^[\w.+/=-]+$/u;

/**
 * Reads the header; a single tag may be given without its quotes, as people copy it from a listing.
 *
 * @throws PenstockError `request.invalid`
 */
export function parseEntityTags(header: string): EntityTags {
  const text = header.trim();
  if (text === '*') return '*';
  if (BARE.test(text)) return [`"${text}"`];
  const tags = text.split(',').map((tag) => tag.trim());
  if (tags.length > MAX_TAGS || !tags.every((tag) => TAG.test(tag))) {
    throw new PenstockError('request.invalid', 'This is no list of entity tags.');
  }
  return tags;
}

/** Whether one of the tags is this object's as it stands (strong comparison): what a write may rely on. */
export function matchesStrongly(tags: EntityTags, etag: string): boolean {
  return tags === '*' || tags.includes(etag);
}

/** Whether one of the tags means this object's content (weak comparison): what a cache may rely on. */
export function matchesWeakly(tags: EntityTags, etag: string): boolean {
  return tags === '*' || tags.some((tag) => tag.replace(/^W\//u, '') === etag);
}
