import { PenstockError } from '../errors.js';
import type { StartFrom } from './connector.js';

/** ISO 8601 with a zone: without one, a time would mean something else on every machine. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads `TRIM_HORIZON`, `LATEST` or a time. "Latest" is pinned to the moment of the request.
 *
 * @throws PenstockError `request.invalid`
 */
export function parseStartFrom(text: string, nowMs: number): StartFrom {
  if (text === 'TRIM_HORIZON') return text;
  if (text === 'LATEST') return { atMs: nowMs };
  const atMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return { atMs };
  const message = 'must be TRIM_HORIZON, LATEST or a time such as 2025-01-31T00:00:00Z';
  throw new PenstockError('request.invalid', `startFrom ${message}.`, { faults: [{ path: 'startFrom', message }] });
}

/** The way back, for people: a time is written in UTC. */
export function describeStartFrom(startFrom: StartFrom): string {
  return startFrom === 'TRIM_HORIZON' ? startFrom : new Date(startFrom.atMs).toISOString();
}
