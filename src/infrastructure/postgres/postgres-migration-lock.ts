import type pg from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { MigrationLock } from '../../domain/ports/migration-lock.port.js';
import { isUnreachable, sqlState, withSession } from './migration-session.js';
import type { PostgresAddress } from './postgres-address.js';

/** "pnst" and "migr" as two 32-bit numbers: advisory locks have numbers for names. */
const LOCK_KEY = [0x706e7374, 0x6d696772] as const;
const WAIT_LIMIT_MS = 10 * 60_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * An advisory lock of PostgreSQL, held by an open transaction rather than by the session: it then also works through a
 * pooler that hands out connections by transaction. ClickHouse has no locks, so its migrations take this one as well.
 */
export class PostgresMigrationLock implements MigrationLock {
  constructor(
    private readonly address: PostgresAddress,
    private readonly waitLimitMs: number = WAIT_LIMIT_MS,
  ) {}

  hold<T>(work: () => Promise<T>): Promise<T> {
    return withSession(this.address, async (client) => {
      await this.#acquire(client);
      const result = await work();
      await client.query('COMMIT').catch(() => undefined); // lost meanwhile: released all the same
      return result;
    });
  }

  async #acquire(client: pg.Client): Promise<void> {
    try {
      await client.query('BEGIN');
      await client.query(
        `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true),
                set_config('idle_in_transaction_session_timeout', '0', true)`,
        [String(this.waitLimitMs)],
      );
      await client.query('SELECT pg_advisory_xact_lock($1, $2)', [...LOCK_KEY]);
    } catch (cause) {
      if (sqlState(cause) === LOCK_NOT_AVAILABLE) {
        const message = `Another process has been migrating for ${this.waitLimitMs / 1000} s; this one gave up waiting.`;
        throw new PenstockError('migration.failed', message, { cause });
      }
      if (!isUnreachable(cause)) throw cause;
      throw new PenstockError('database.unreachable', 'PostgreSQL went away while waiting to migrate.', { cause });
    }
  }
}
