import { Buffer } from 'node:buffer';
import { BACKSLASH } from './json-bytes.js';
import { nameOf } from './row-fields.js';
import type { ValueCheck } from './value-checks/value-check.js';

const BUCKETS = 1024;

interface GuardedName {
  readonly bytes: Uint8Array;
  readonly check: ValueCheck;
}

/**
 * Tells which fields have a check. Most have none, and four numbers of a name say so; only names that share them with a
 * guarded one are compared byte by byte.
 */
export class GuardedNames {
  private readonly buckets: (readonly GuardedName[])[] = Array.from({ length: BUCKETS }, () => []);

  constructor(private readonly checks: ReadonlyMap<string, ValueCheck>) {
    for (const [name, check] of checks) {
      const bytes = Buffer.from(name);
      const bucket = bucketOf(bytes, 0, bytes.length);
      this.buckets[bucket] = [...(this.buckets[bucket] ?? []), { bytes, check }];
    }
  }

  /** @param escaped there are escapes in the record, so that the name may not be what its bytes are */
  checkOf(data: Uint8Array, open: number, close: number, escaped: boolean): ValueCheck | undefined {
    const start = open + 1;
    if (escaped && data.subarray(start, close).includes(BACKSLASH)) {
      return this.checks.get(nameOf(data, open, close + 1) ?? '');
    }
    const bucket = this.buckets[bucketOf(data, start, close)];
    if (bucket === undefined || bucket.length === 0) return undefined;
    for (const { bytes, check } of bucket) if (isSame(bytes, data, start, close)) return check;
    return undefined;
  }
}

function bucketOf(data: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  const first = data[start] ?? 0;
  const middle = data[start + (length >> 1)] ?? 0;
  const last = data[end - 1] ?? 0;
  return (length + 7 * first + 61 * middle + 331 * last) % BUCKETS;
}

function isSame(bytes: Uint8Array, data: Uint8Array, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let index = 0; index < bytes.length; index++) if (data[start + index] !== bytes[index]) return false;
  return true;
}
