import { PenstockError } from '../../domain/errors.js';

const MS_PER_SECOND = 1000;

/** What follows from the status of an answer; an error is thrown, and perhaps tried again. */
export type Verdict = 'events' | 'empty' | 'too-large' | PenstockError;

export function judgeAnswer({ status, headers }: Response, nowMs: number): Verdict {
  switch (status) {
    case 200:
      return 'events';
    case 400:
      return 'too-large';
    case 404:
      return 'empty';
    case 401:
    case 403:
      return new PenstockError(
        'vendor.refused',
        `Amplitude refuses the keys of this source (${status}): they are wrong, or belong to the other region.`,
      );
    case 429:
      return throttled(headers.get('retry-after'), nowMs);
    case 504:
      return new PenstockError('vendor.timeout', 'Amplitude did not finish in its own time (504).');
    default:
      return status >= 500
        ? new PenstockError('vendor.unreachable', `Amplitude cannot answer now (${status}).`)
        : new PenstockError('vendor.refused', `The address answers ${status}, which the Export API does not know.`);
  }
}

function throttled(retryAfter: string | null, nowMs: number): PenstockError {
  const retryAfterMs = readRetryAfter(retryAfter, nowMs);
  const message = 'Amplitude limits the rate of requests (429), and goes on doing so.';
  return new PenstockError('vendor.throttled', message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

/** RFC 9110, 10.2.3: seconds, or a date. Undefined for neither. */
export function readRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * MS_PER_SECOND;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
