import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { SalesTotals, UpkeepOutcome } from '../../../domain/ports/sales-totals.port.js';
import { ALL_DAYS, type Day } from '../../../domain/sales-reporting/calendar.js';
import { joined } from '../../../domain/sales-reporting/day-spans.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import type { TotalsState } from '../../../domain/sales-reporting/totals-state.js';
import { sqlState } from '../migration-session.js';
import type { PostgresPool } from '../postgres-pool.js';
import { keepDays } from './cached-days.js';
import { rebuildTotals } from './rebuild-totals.js';
import { reportFailure } from './report-failures.js';
import { requireShape } from './sales-table.js';
import { tryUpkeepLock, UPKEEP_STATEMENT_MS } from './upkeep-lock.js';
import { totalsState } from './totals-state.js';

/** Triggers need a moment without writers; a long import is not waited for. */
const ENABLE_WAIT_MS = 2000;
/** Somebody else changed the same totals at the same time: the next report asks again. */
const COLLISIONS = new Set(['40001', '40P01', '23505', '55P03']);

/** Totals in the schema `penstock`, kept by triggers of statements on the table and each of its partitions. */
export class PostgresSalesTotals implements SalesTotals {
  constructor(private readonly pool: PostgresPool) {}

  async enable(table: QualifiedName): Promise<void> {
    await this.#change(table, async (client) => {
      const { relation, tableId } = await totalsState(client, table, ALL_DAYS);
      await requireShape(client, table, relation);
      const id = tableId ?? (await register(client, relation));
      await client.query('SELECT penstock.sales_watch($1, $2)', [relation, id]);
    });
  }

  async disable(table: QualifiedName): Promise<void> {
    await this.#change(table, async (client) => {
      const { relation, tableId } = await totalsState(client, table, ALL_DAYS);
      if (tableId === undefined) return;
      await client.query('SELECT penstock.sales_unwatch($1, $2)', [relation, tableId]);
      await client.query('DELETE FROM penstock.sales_table WHERE id = $1', [tableId]);
      await client.query('DELETE FROM penstock.sales_delta WHERE table_id = $1', [tableId]);
      await client.query('DELETE FROM penstock.sales_stale WHERE table_id = $1', [tableId]);
    });
  }

  async state(table: QualifiedName): Promise<TotalsState> {
    const { tableId, unknown, unfolded } = await totalsState(this.pool, table, ALL_DAYS);
    const { rows } = await this.pool.query<{ days: number }>(
      'SELECT count(*)::int AS days FROM penstock.sales_cached_day WHERE table_id = $1',
      [tableId ?? null],
    );
    const cachedDays = rows[0]?.days ?? 0;
    return { table: nameText(table), isEnabled: tableId !== undefined, unknown: joined(unknown), unfolded, cachedDays };
  }

  rebuild(table: QualifiedName, signal?: AbortSignal): Promise<UpkeepOutcome> {
    return this.#upkeep(table, signal, (client) => rebuildTotals(client, table));
  }

  cacheDays(table: QualifiedName, days: readonly Day[], signal?: AbortSignal): Promise<UpkeepOutcome> {
    return this.#upkeep(table, signal, (client) => keepDays(client, table, days));
  }

  async fold(table: QualifiedName, signal?: AbortSignal): Promise<UpkeepOutcome> {
    const outcome = await this.#upkeep(table, signal, async (client) => {
      const { tableId, unfolded } = await totalsState(client, table, ALL_DAYS);
      if (tableId === undefined || unfolded === 0) return 'nothing';
      if (!(await tryUpkeepLock(client, tableId))) return 'busy';
      await client.query('SELECT penstock.sales_fold($1)', [tableId]);
      return 'done';
    });
    // What was folded is still read over until somebody vacuums; a role that may not leaves it to autovacuum.
    if (outcome === 'done') await this.pool.query('VACUUM (SKIP_LOCKED) penstock.sales_delta').catch(() => undefined);
    return outcome;
  }

  async #upkeep(
    table: QualifiedName,
    signal: AbortSignal | undefined,
    work: (client: PoolClient) => Promise<UpkeepOutcome>,
  ): Promise<UpkeepOutcome> {
    try {
      return await this.pool.session((client) => committed(client, work), {
        statementTimeoutMs: UPKEEP_STATEMENT_MS,
        signal,
      });
    } catch (error) {
      if (COLLISIONS.has(sqlState(error)) || signal?.aborted === true) return 'busy';
      throw reportFailure(error, table);
    }
  }

  async #change(table: QualifiedName, work: (client: PoolClient) => Promise<void>): Promise<void> {
    try {
      await this.pool.transaction(async (client) => {
        await client.query(`SET LOCAL lock_timeout = ${ENABLE_WAIT_MS}`);
        // Whoever enables at the same time waits here, and finds it done.
        await client.query('LOCK TABLE penstock.sales_table IN SHARE ROW EXCLUSIVE MODE');
        await work(client);
      });
    } catch (error) {
      throw reportFailure(error, table);
    }
  }
}

/** A transaction; what fails in it, the session takes back by closing its connection. */
async function committed<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  const value = await work(client);
  await client.query('COMMIT');
  return value;
}

/** Also forgets tables that are gone. */
async function register(client: PoolClient, relation: number): Promise<number> {
  await client.query(`
    WITH gone AS (DELETE FROM penstock.sales_table t WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.relation) RETURNING id),
    deltas AS (DELETE FROM penstock.sales_delta USING gone WHERE table_id = gone.id)
    DELETE FROM penstock.sales_stale USING gone WHERE table_id = gone.id`);
  const { rows } = await client.query<{ id: number }>(
    'INSERT INTO penstock.sales_table (relation) VALUES ($1) RETURNING id',
    [relation],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new PenstockError('internal.defect', 'A table was registered without an id.');
  return id;
}
