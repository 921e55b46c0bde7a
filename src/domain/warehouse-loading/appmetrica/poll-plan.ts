import { PenstockError } from '../../errors.js';
import type { AppmetricaLimits } from './appmetrica-limits.js';

/** Growth of the pause from one look to the next: an export that takes an hour is not asked for 720 times. */
const POLL_GROWTH = 1.25;
const MAX_POLL_MS = 60_000;
/** Where the vendor does not say how long its quota is used up; what its own loader waits. */
const QUOTA_WAIT_MS = 60_000;
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 60_000;

/** Pause after the vendor has answered for the `asked`th time in a row, from 1 on, that it is still preparing. */
export function pollPauseMs(asked: number, { pollMs }: Pick<AppmetricaLimits, 'pollMs'>): number {
  const most = Math.max(pollMs, MAX_POLL_MS);
  return Math.min(most, Math.round(pollMs * POLL_GROWTH ** Math.min(asked - 1, 100)));
}

/** Pause while the quota is used up: as the vendor says, within the limit and not more often than we poll. */
export function quotaPauseMs(
  retryAfterMs: number | undefined,
  { maxWaitMs, pollMs }: Pick<AppmetricaLimits, 'maxWaitMs' | 'pollMs'>,
): number {
  return Math.min(maxWaitMs, Math.max(retryAfterMs ?? QUOTA_WAIT_MS, Math.min(pollMs, RETRY_MIN_MS)));
}

/** Pause after the `failures`th failure in a row, from 1 on. */
export function retryPauseMs(failures: number, { pollMs }: Pick<AppmetricaLimits, 'pollMs'>): number {
  return Math.min(RETRY_MAX_MS, Math.min(pollMs, RETRY_MIN_MS) * 2 ** Math.min(failures - 1, 20));
}

/** As many parts as to try next, when these are too few. @throws PenstockError `export.too-large` beyond the limit */
export function moreParts(parts: number, { maxParts }: Pick<AppmetricaLimits, 'maxParts'>): number {
  const next = Math.min(parts * 2, maxParts);
  if (next > parts) return next;
  throw new PenstockError('export.too-large', `AppMetrica finds the export too large even in ${parts} parts.`);
}
