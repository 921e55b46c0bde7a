import type { ClientBase } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { FollowLease } from '../../../domain/ports/window-follows.port.js';
import { isUnreachable, sqlState } from '../migration-session.js';
import type { PostgresPool } from '../postgres-pool.js';
import { statementFailure } from '../statement-failure.js';

const RENEW = `
  UPDATE penstock.window_follow SET lease_until = now() + $3 * interval '1 millisecond'
  WHERE domain = $1 AND fence = $2`;

/** Longest a statement waits for a lock: who reads a table may hold up that it is emptied. */
const LOCK_WAIT_MS = 5000;

/**
 * All of `work`, or nothing of it, while the lease is held: its row is locked for as long.
 *
 * @throws PenstockError `lease.lost`
 */
export async function underLease<T>(
  pool: PostgresPool,
  { domain, fence, leaseMs }: FollowLease,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  try {
    return await pool.transaction(async (client) => {
      await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
      const { rowCount } = await client.query(RENEW, [domain, fence, leaseMs]);
      if (rowCount !== 1) throw new PenstockError('lease.lost', `The windows of ${domain} are followed elsewhere.`);
      return await work(client).catch((cause: unknown) => {
        throw followFailure(cause);
      });
    });
  } catch (cause) {
    throw followFailure(cause);
  }
}

/** undefined_table: of the user's tables, since ours were asked before. */
const NO_TABLE = '42P01';

/** What a statement failed with, in the words of the port. */
export function followFailure(cause: unknown): unknown {
  if (cause instanceof PenstockError) return cause;
  const state = sqlState(cause);
  if (state === '' || isUnreachable(cause)) return cause;
  if (state === NO_TABLE) return new PenstockError('table.unknown', 'The table of windows is not there.', { cause });
  const translated = statementFailure(cause);
  if (translated instanceof PenstockError) return translated;
  const message = `PostgreSQL refused to keep windows (SQLSTATE ${state}).`;
  return new PenstockError('database.refused', message, { cause: new Error(`SQLSTATE ${state}`) });
}
