import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { SalesTotals, UpkeepOutcome } from '../../../domain/ports/sales-totals.port.js';
import { ALL_DAYS, type Day } from '../../../domain/sales-reporting/calendar.js';
import { joined } from '../../../domain/sales-reporting/day-spans.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import type { TotalsState } from '../../../domain/sales-reporting/totals-state.js';
import { sqlState } from '../migration-session.js';
import type { PostgresPool } from '../postgres-pool.js';
import { rebuildTotals } from './rebuild-totals.js';
import { reportFailure } from './report-failures.js';
import { requireShape } from './sales-table.js';
import { keepStretch, type Stretch, stretchesOf, unkeptStretches } from './totals-so-far.js';
import { tryUpkeepLock, UPKEEP_STATEMENT_MS } from './upkeep-lock.js';
import { totalsState } from './totals-state.js';

/** Triggers need a moment without writers; a long import is not waited for. */
const ENABLE_WAIT_MS = 2000;
const DELTAS = ['sales_day_delta', 'sales_cell_delta'];
/** What is not deleted along with its table, since it is written too often, or too much at once, for a foreign key. */
const LOOSE = [...DELTAS, 'sales_stale', 'sales_so_far_product'];
const COUNTS = `
  SELECT (SELECT count(*)::int FROM penstock.sales_so_far WHERE table_id = $1) AS days,
    ((SELECT count(*) FROM penstock.sales_day_delta WHERE table_id = $1)
     + (SELECT count(*) FROM penstock.sales_cell_delta WHERE table_id = $1))::text AS unfolded`;

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
      for (const name of LOOSE) await client.query(`DELETE FROM penstock.${name} WHERE table_id = $1`, [tableId]);
    });
  }

  async state(table: QualifiedName): Promise<TotalsState> {
    const { tableId, unknown } = await totalsState(this.pool, table, ALL_DAYS);
    const { rows } = await this.pool.query<{ days: number; unfolded: string }>(COUNTS, [tableId ?? null]);
    const [{ days, unfolded } = { days: 0, unfolded: '0' }] = rows;
    return {
      table: nameText(table),
      isEnabled: tableId !== undefined,
      unknown: joined(unknown),
      unfolded: Number(unfolded),
      daysKept: days,
    };
  }

  rebuild(table: QualifiedName, signal?: AbortSignal): Promise<UpkeepOutcome> {
    return this.#upkeep(table, signal, (client) => rebuildTotals(client, table));
  }

  keepSoFar(table: QualifiedName, days: readonly Day[], signal?: AbortSignal): Promise<UpkeepOutcome> {
    return this.#keep(table, stretchesOf(days), signal);
  }

  async keepAllSoFar(table: QualifiedName, signal?: AbortSignal): Promise<UpkeepOutcome> {
    const { tableId } = await totalsState(this.pool, table, ALL_DAYS);
    return tableId === undefined ? 'nothing' : this.#keep(table, await unkeptStretches(this.pool, tableId), signal);
  }

  /** One after another, each for itself: a table of many years does not wait for all of them. */
  async #keep(table: QualifiedName, stretches: readonly Stretch[], signal?: AbortSignal): Promise<UpkeepOutcome> {
    let outcome: UpkeepOutcome = 'nothing';
    for (const stretch of stretches) {
      outcome = await this.#upkeep(table, signal, (client) => keepStretch(client, table, stretch));
      if (outcome === 'busy') return outcome;
    }
    return outcome;
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
    if (outcome === 'done') for (const name of DELTAS) await this.pool.query(vacuum(name)).catch(() => undefined);
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

function vacuum(name: string): string {
  return `VACUUM (SKIP_LOCKED) penstock.${name}`;
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
  const { rows: gone } = await client.query<{ id: number }>(
    'DELETE FROM penstock.sales_table t WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.relation) RETURNING id',
  );
  const ids = gone.map(({ id }) => id);
  for (const name of ids.length === 0 ? [] : LOOSE) {
    await client.query(`DELETE FROM penstock.${name} WHERE table_id = ANY ($1)`, [ids]);
  }
  const { rows } = await client.query<{ id: number }>(
    'INSERT INTO penstock.sales_table (relation) VALUES ($1) RETURNING id',
    [relation],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new PenstockError('internal.defect', 'A table was registered without an id.');
  return id;
}
