import { createHash } from 'node:crypto';

/** Enough of a hash to tell apart what one caller asks for. */
const HASH_LENGTH = 16;

/** Names an answer: what was asked for, and the version of the data. The same tag, the same answer. */
export function reportTag(request: readonly unknown[], version: string): string {
  return `${hashOf(request)}.${version}`;
}

/** Of tags given out before, the versions of this very request. */
export function versionsOf(request: readonly unknown[], tags: readonly string[]): Set<string> {
  const stem = `${hashOf(request)}.`;
  return new Set(tags.filter((tag) => tag.startsWith(stem)).map((tag) => tag.slice(stem.length)));
}

function hashOf(request: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, HASH_LENGTH);
}
