import type { FlushReason } from './lease.js';
import type { StreamRecord } from './stream-record.js';

/** When a batch is closed: whatever comes first. */
export interface BatchLimits {
  readonly rows: number;
  readonly bytes: number;
  readonly ageMs: number;
}

export const DEFAULT_BATCH_LIMITS: BatchLimits = { rows: 100_000, bytes: 32 * 1_048_576, ageMs: 5_000 };

/** What an open batch holds; `openedAtMs` is when its first record came. */
export interface BatchFill {
  readonly rows: number;
  readonly bytes: number;
  readonly openedAtMs: number;
}

/** Why the batch must be closed now, or undefined. An empty batch has no age. */
export function flushReason(fill: BatchFill, limits: BatchLimits, nowMs: number): FlushReason | undefined {
  if (fill.rows >= limits.rows) return 'rows';
  if (fill.bytes >= limits.bytes) return 'bytes';
  return fill.rows > 0 && msUntilFlush(fill, limits, nowMs) === 0 ? 'age' : undefined;
}

/** How long the batch may stay open. */
export function msUntilFlush(fill: BatchFill, limits: BatchLimits, nowMs: number): number {
  return Math.max(0, fill.openedAtMs + limits.ageMs - nowMs);
}

/**
 * How many of the records, in order, go into the open batch: as many as stay within its limits, but never a part of a
 * sequence number, because the range of a batch is written down in sequence numbers. So one aggregate that is larger than
 * a batch is a batch of its own. 0: close the batch first.
 */
export function fittingRecords(
  fill: Omit<BatchFill, 'openedAtMs'>,
  limits: BatchLimits,
  records: readonly StreamRecord[],
): number {
  let { rows, bytes } = fill;
  let fitting = 0;
  for (const [index, record] of records.entries()) {
    rows += 1;
    bytes += record.data.length;
    const over = rows > limits.rows || bytes > limits.bytes;
    if (over && (fitting > 0 || fill.rows > 0)) return fitting;
    if (records[index + 1]?.sequenceNumber !== record.sequenceNumber) fitting = index + 1;
  }
  return fitting;
}
