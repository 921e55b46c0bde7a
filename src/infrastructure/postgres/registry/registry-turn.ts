import pLimit from 'p-limit';
import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { PostgresPool } from '../postgres-pool.js';
import { statementFailure } from '../statement-failure.js';

/** Changes that wait in this process for their turn; more are told to come again. */
const MAX_WAITING = 500;
const BUSY_RETRY_MS = 1000;

/**
 * Changes of the registry go one after the other, over all processes: there are few of them, each takes milliseconds, and
 * each decides by what the one before has left. In a process they wait without a connection.
 */
export class RegistryTurn {
  private readonly one = pLimit(1);

  constructor(private readonly pool: PostgresPool) {}

  /** All of `change`, or nothing. @throws PenstockError `database.busy`, `database.unreachable` */
  async take<T>(change: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.one.pendingCount >= MAX_WAITING) {
      const message = 'Too many changes of the schema registry wait for their turn.';
      throw new PenstockError('database.busy', message, { retryAfterMs: BUSY_RETRY_MS });
    }
    return this.one(() => this.locked(change));
  }

  private async locked<T>(change: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await this.pool.transaction(async (client) => {
        await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('penstock schema registry', 0))`);
        return change(client);
      });
    } catch (cause) {
      throw statementFailure(cause);
    }
  }
}
