import { DatabaseError } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import { isUnreachable, sqlState } from '../migration-session.js';
import { StepFailure } from './wire-exchange.js';

/** What is known of a statement when it fails. */
export interface FailedRun {
  /** Steps before this one prepare the transaction; a failure of theirs is not the statement's. */
  readonly firstStep: number;
  readonly startedAtMs: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** QUERY_CANCELED: by the time-out, by whoever left, or by somebody at the server. */
const INTERRUPTED = '57014';
/** LOCK_NOT_AVAILABLE, and the transaction's own time-outs. */
const TIMED_OUT = new Set(['55P03', '25P03', '25P04']);
const FORBIDDEN = '42501';
/** READ_ONLY_SQL_TRANSACTION, CONFIGURATION_LIMIT_EXCEEDED (temporary files), and limits of the program. */
const OUT_OF_BOUNDS = /^(25006|53400|54)/u;
const MAX_WORDS = 500;

/** A failure in the words of the ports. Values are in details and contexts, which are left out. */
export function statementFailure(failure: unknown, run: FailedRun): PenstockError {
  if (failure instanceof PenstockError) return failure;
  if (run.signal?.aborted === true) return cancelled('Nobody waited for the statement any more; it was ended.');
  const cause = failure instanceof StepFailure ? failure.cause : failure;
  if (!(cause instanceof DatabaseError)) return unreachable(cause);
  if (isUnreachable(cause)) return unreachable(withoutWords(cause));
  if (failure instanceof StepFailure && failure.step < run.firstStep) return guardMissing(cause);
  return ofStatement(cause, run);
}

function ofStatement(cause: DatabaseError, run: FailedRun): PenstockError {
  const state = cause.code ?? '';
  const words = cause.message.slice(0, MAX_WORDS);
  const options = { cause: withoutWords(cause) };
  if (state === INTERRUPTED) return interrupted(run);
  if (TIMED_OUT.has(state)) {
    return new PenstockError('query.timeout', `The statement waited too long for a lock (${state}).`, options);
  }
  if (state === FORBIDDEN) return new PenstockError('query.forbidden', `The role may not: ${words}.`, options);
  if (OUT_OF_BOUNDS.test(state)) {
    return new PenstockError('query.refused', `The statement is out of bounds: ${words} (${state}).`, options);
  }
  const place = cause.position === undefined ? '' : ` at character ${cause.position}`;
  return new PenstockError('query.failed', `${words} (${state}${place})`, options);
}

function interrupted({ startedAtMs, timeoutMs }: FailedRun): PenstockError {
  if (performance.now() - startedAtMs < timeoutMs) return cancelled('The statement was ended at the server.');
  return new PenstockError('query.timeout', `The statement did not end within ${timeoutMs} ms.`);
}

function cancelled(words: string): PenstockError {
  return new PenstockError('query.cancelled', words);
}

function guardMissing(cause: DatabaseError): PenstockError {
  const message =
    'The roles of guarded statements are not there, or the service may not take them. ' +
    'An administrator makes them with the statements in docs/guarded-sql.md.';
  return new PenstockError('guard.missing', message, { cause: withoutWords(cause) });
}

function unreachable(cause: unknown): PenstockError {
  return new PenstockError('database.unreachable', 'PostgreSQL did not answer.', { cause });
}

/** The server's words may quote values of rows, and causes are logged. */
function withoutWords(cause: unknown): Error {
  return new Error(`SQLSTATE ${sqlState(cause) || 'unknown'}`);
}
