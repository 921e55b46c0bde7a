import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type { DeadLetter } from '../../../domain/stream-onboarding/dead-letter.js';
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

/** Counts a batch that has landed; `letters`: its records that could not be read. */
export function countLanded(
  metrics: Metrics,
  { connector, reason }: { readonly connector: string; readonly reason: FlushReason },
  { rows, bytes, deadLetters, duplicates = 0 }: Landed,
  letters: readonly DeadLetter[],
): void {
  metrics.count('penstock_copied_rows_total', { connector }, rows);
  metrics.count('penstock_copied_bytes_total', { connector }, bytes);
  if (deadLetters > 0) metrics.count('penstock_dead_letters_total', { connector }, deadLetters);
  if (duplicates > 0) metrics.count('penstock_duplicate_events_total', { connector }, duplicates);
  for (const { code } of letters) metrics.count('penstock_undecodable_records_total', { connector, code });
  metrics.count('penstock_batches_total', { connector, reason });
}

/** Records still in the shard, from the rate at which the last page's records arrived; 0 when caught up. */
export function estimateLag(records: readonly StreamRecord[], behindMs: number): number {
  const first = records[0];
  const last = records.at(-1);
  if (behindMs === 0 || first === undefined || last === undefined) return 0;
  const spanMs = Math.max(1, last.arrivedAtMs - first.arrivedAtMs);
  return Math.round((records.length / spanMs) * behindMs);
}
