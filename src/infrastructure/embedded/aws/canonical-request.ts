import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface CanonicalParts {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  readonly encodeTwice: boolean;
}

/** The text both sides of Signature Version 4 agree on. */
export function canonicalRequest({
  method,
  url,
  headers,
  signedHeaders,
  payloadHash,
  encodeTwice,
}: CanonicalParts): string {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const query = at < 0 ? '' : url.slice(at + 1);
  const lines = signedHeaders.map((name) => `${name}:${headerText(headers[name])}\n`).join('');
  return [
    method,
    canonicalPath(path, encodeTwice),
    canonicalQuery(query),
    lines,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function headerText(value: string | string[] | undefined): string {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text.trim().replaceAll(/\s+/g, ' ');
}

function canonicalPath(path: string, encodeTwice: boolean): string {
  if (!encodeTwice) return path.split('/').map(encodedOnce).join('/');
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(encode(segment));
  }
  const tail = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${tail}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  // A signature cannot be part of what it signs.
  const parts = query.split('&').filter((part) => !part.startsWith('X-Amz-Signature='));
  const pairs = parts.map((part): [string, string] => {
    const at = part.indexOf('=');
    const name = at < 0 ? part : part.slice(0, at);
    return [encode(decode(name)), at < 0 ? '' : encode(decode(part.slice(at + 1)))];
  });
  pairs.sort(([a, x], [b, y]) => order(a, b) || order(x, y));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** RFC 3986: `encodeURIComponent` leaves five characters alone that AWS encodes. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** However it was encoded; what is no valid encoding is signed as it is. */
function encodedOnce(segment: string): string {
  try {
    return encode(decodeURIComponent(segment));
  } catch {
    return segment;
  }
}

/** A text that is no valid encoding stands for itself; its signature will simply not match. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
