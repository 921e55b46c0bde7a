import type { FlushReason, LeaseProgress } from '../../../domain/stream-onboarding/lease.js';
import type { StreamRecord } from '../../../domain/stream-onboarding/stream-record.js';
import type { Landed } from './batch-store.js';

/** The progress of a shard behind one more batch. */
export function withLanded(
  before: LeaseProgress,
  { rows, bytes, deadLetters, duplicates }: Landed,
  { atMs, reason }: { atMs: number; reason: FlushReason },
): Partial<LeaseProgress> {
  return {
    rows: before.rows + rows,
    bytes: before.bytes + bytes,
    deadLetters: before.deadLetters + deadLetters,
    ...(duplicates === undefined ? {} : { duplicates: (before.duplicates ?? 0) + duplicates }),
    lastFlushAtMs: atMs,
    lastFlushReason: reason,
  };
}

/** Records still in the shard, from the rate at which the last page's records arrived; 0 when caught up. */
export function estimateLag(records: readonly StreamRecord[], behindMs: number): number {
  const first = records[0];
  const last = records.at(-1);
  if (behindMs === 0 || first === undefined || last === undefined) return 0;
  const spanMs = Math.max(1, last.arrivedAtMs - first.arrivedAtMs);
  return Math.round((records.length / spanMs) * behindMs);
}
