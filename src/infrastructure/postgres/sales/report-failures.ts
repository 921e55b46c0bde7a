import { PenstockError } from '../../../domain/errors.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { sqlState } from '../migration-session.js';
import { unknownTable } from './sales-table.js';

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';

/** What PostgreSQL says of a statement about a sales table, by SQLSTATE; the rest passes as it is. */
export function reportFailure(cause: unknown, name: QualifiedName): unknown {
  const table = nameText(name);
  switch (sqlState(cause)) {
    case LOCK_NOT_AVAILABLE:
    case DEADLOCK:
      return new PenstockError('table.locked', `Somebody else works on "${table}", and did not end in time.`, {
        cause,
        retryAfterMs: 5000,
      });
    case '57014':
      return new PenstockError('query.timeout', `Reading "${table}" took longer than a statement may.`, { cause });
    case '42501':
      return new PenstockError('table.forbidden', `The role of the service may not do this with "${table}".`, {
        cause,
      });
    case '42P01':
      return unknownTable(name); // dropped meanwhile
    case '42703':
    case '42804':
    case '42883':
      return new PenstockError('table.unsuitable', `Reports cannot be made of "${table}" any more.`, { cause });
    default:
      return cause;
  }
}
