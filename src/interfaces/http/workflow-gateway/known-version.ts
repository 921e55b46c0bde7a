/**
 * Whether `If-None-Match` names this version. The request reads, and is a POST only because tables do not fit into a URL:
 * so it is answered as RFC 9110 answers a GET, 304, and not 412, with which nobody could do anything.
 */
export function isKnownVersion(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = new Set((ifNoneMatch ?? '').split(',').map((each) => each.trim().replace(/^W\//u, '')));
  return known.has(etag) || known.has('*');
}
