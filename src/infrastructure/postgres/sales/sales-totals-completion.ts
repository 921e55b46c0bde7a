import type { ClientBase } from 'pg';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import type { ImportCompletion, LoadedRows } from '../import-completion.js';
import type { PostgresPool } from '../postgres-pool.js';
import { PostgresSalesTotals } from './postgres-sales-totals.js';

/** Whose totals the rows of a table count in: its own, and those of the tables it is a partition of. */
const WATCHERS = `FROM penstock.sales_table t WHERE t.relation IN (SELECT relid FROM pg_partition_ancestors($1))`;

/**
 * Totals of sales stay right where an import puts filled partitions in the place of empty ones, which no trigger sees: the
 * new ones get their triggers in the same transaction. Their days are unknown by that, so reports read their rows; behind
 * the commit they are summed up, which takes far less than triggers take with every statement of a load. Where the process
 * ends in between, the next report has it done, as with every partition that was attached.
 */
export class SalesTotalsCompletion implements ImportCompletion {
  readonly standsInFor = ['penstock.sales_changed'];
  private readonly totals: PostgresSalesTotals;

  constructor(private readonly pool: PostgresPool) {
    this.totals = new PostgresSalesTotals(pool);
  }

  async loaded(client: ClientBase, { tableOid, replacedPartitions }: LoadedRows): Promise<void> {
    if (replacedPartitions.length === 0) return;
    await client.query(`SELECT penstock.sales_watch(t.relation, t.id) ${WATCHERS}`, [tableOid]);
  }

  async committed({ tableOid, replacedPartitions }: LoadedRows): Promise<void> {
    if (replacedPartitions.length === 0) return;
    const watched = await this.watched(tableOid).catch(() => []);
    for (const table of watched) await this.totals.rebuild(table).catch(() => undefined);
  }

  private async watched(tableOid: number): Promise<QualifiedName[]> {
    const { rows } = await this.pool.query<Required<QualifiedName>>(
      `SELECT n.nspname AS schema, c.relname AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.oid IN (SELECT t.relation ${WATCHERS})`,
      [tableOid],
    );
    return rows;
  }
}
