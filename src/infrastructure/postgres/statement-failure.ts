import { PenstockError } from '../../domain/errors.js';
import { sqlState } from './migration-session.js';

/** query_canceled: by the server's limit of statements. */
const TIMED_OUT = '57014';
/** deadlock_detected, serialization_failure, lock_not_available. */
const IN_THE_WAY = new Set(['40P01', '40001', '55P03']);
const IN_THE_WAY_RETRY_MS = 1000;
/** Resources, limits, the operator, the system, read-only servers: troubles of the server that are not ours to mend. */
const TROUBLES = /^(25006|53|54|57|58|F0|XX)/;

/** What a statement of the service failed with, where that is not its own fault; anything else passes as it is. */
export function statementFailure(cause: unknown): unknown {
  const state = sqlState(cause);
  if (cause instanceof PenstockError) return cause;
  if (state === TIMED_OUT) {
    const message = 'PostgreSQL did not finish a statement within DWH_STATEMENT_TIMEOUT_MS.';
    return new PenstockError('query.timeout', message, { cause });
  }
  if (IN_THE_WAY.has(state)) {
    const message = 'Other work holds the same rows.';
    return new PenstockError('database.busy', message, { cause, retryAfterMs: IN_THE_WAY_RETRY_MS });
  }
  if (!TROUBLES.test(state)) return cause;
  return new PenstockError('database.refused', `PostgreSQL could not do its work (SQLSTATE ${state}).`, { cause });
}
