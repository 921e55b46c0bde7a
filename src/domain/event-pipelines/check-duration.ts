import type { ConfigLook } from './config-look.js';
import { DURATION_WORDS, durationMs } from './duration.js';

/** Faults unless it is a duration, where there is one. @returns its milliseconds */
export function checkDuration(look: ConfigLook | undefined): number | undefined {
  const value = look?.scalar;
  if (typeof value !== 'number' && look?.text === undefined) return undefined;
  const ms = typeof value === 'number' || typeof value === 'string' ? durationMs(value) : undefined;
  if (ms === undefined) look?.fault(`must be ${DURATION_WORDS}`);
  return ms;
}
