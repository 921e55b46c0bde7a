import { DatabaseError } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import { isRefusal, isUnreachable } from './migration-session.js';

/** `undefined_table`, `invalid_schema_name`: all of ours are made by migrations. */
const NOT_MIGRATED = new Set(['42P01', '3F000']);

/** Whether a statement missed a table of the service. */
export function isNotMigrated(cause: unknown): boolean {
  return cause instanceof DatabaseError && NOT_MIGRATED.has(cause.code ?? '');
}

/** What has to be thrown instead: that PostgreSQL is away or not ready; errors of the statement itself pass as they are. */
export function translateFailure(cause: unknown): unknown {
  if (cause instanceof PenstockError) return cause;
  if (cause instanceof DatabaseError) return translateAnswer(cause);
  return isUnreachable(cause) || isTimeout(cause) ? unreachable(cause) : cause;
}

function translateAnswer(cause: DatabaseError): unknown {
  if (isRefusal(cause)) {
    return new PenstockError('database.unreachable', 'PostgreSQL refuses the credentials of the service.', { cause });
  }
  if (!isNotMigrated(cause)) return isUnreachable(cause) ? unreachable(cause) : cause;
  const message = 'The tables of the service are not there yet: its migrations have not run.';
  return new PenstockError('database.unreachable', message, { cause });
}

/** pg reports its own time-outs, and connections cut in the middle, as plain errors without a code. */
function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'Error' && !('code' in cause);
}

function unreachable(cause: unknown): PenstockError {
  return new PenstockError('database.unreachable', 'PostgreSQL did not answer.', { cause });
}
