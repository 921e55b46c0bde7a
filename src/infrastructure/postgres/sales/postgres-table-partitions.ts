import { escapeLiteral, escapeIdentifier, type PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { NewPartition, PartitionedTable, TablePartitions } from '../../../domain/ports/table-partitions.port.js';
import { partitionName } from '../../../domain/sales-reporting/partition-name.js';
import type { KnownPartition, MonthRange, PartitionPlan } from '../../../domain/sales-reporting/plan-partitions.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { sqlState } from '../migration-session.js';
import type { PostgresPool } from '../postgres-pool.js';
import { hasRows, type PartitionCatalog, readCatalog } from './partition-catalog.js';
import { reportFailure } from './report-failures.js';
import { quoteName } from './sales-table.js';

/** How long creating and retiring wait for those who use the table. */
const LOCK_WAIT_MS = 5000;

/** Partitions are made as tables and then attached, which, unlike CREATE TABLE … PARTITION OF, lets others read and write. */
export class PostgresTablePartitions implements TablePartitions {
  constructor(private readonly pool: PostgresPool) {}

  async describe(table: QualifiedName): Promise<PartitionedTable> {
    return this.#within(table, async (client) => {
      await client.query('SET TRANSACTION READ ONLY');
      const { name, keyColumn, keyType, partitions, defaultPartition, defaultQuoted } = await readCatalog(
        client,
        table,
      );
      const fallback = defaultPartition === undefined ? {} : { defaultPartition };
      const hasStrays = defaultQuoted !== undefined && (await hasRows(client, defaultQuoted));
      return { name, keyColumn, keyType, partitions, hasStrays, ...fallback };
    });
  }

  create(
    table: QualifiedName,
    plan: (partitions: readonly KnownPartition[]) => PartitionPlan,
  ): Promise<{ plan: PartitionPlan; created: NewPartition[] }> {
    return this.#within(table, async (client) => {
      await readCatalog(client, table); // refuses what cannot be locked
      // As ATTACH takes it: of those who change partitions one at a time, of readers and writers all.
      await client.query(`LOCK TABLE ONLY ${quoteName(table)} IN SHARE UPDATE EXCLUSIVE MODE`);
      const catalog = await readCatalog(client, table);
      const wanted = plan(catalog.partitions);
      const created: NewPartition[] = [];
      if (wanted.create.length > 0 && catalog.defaultQuoted !== undefined) {
        await client.query(`LOCK TABLE ${catalog.defaultQuoted} IN ACCESS EXCLUSIVE MODE`);
      }
      for (const range of wanted.create) created.push(await createPartition(client, catalog, range));
      return { plan: wanted, created };
    });
  }

  retire(table: QualifiedName, partition: string, { drop }: { readonly drop: boolean }): Promise<boolean> {
    return this.#within(table, async (client) => {
      await readCatalog(client, table);
      // At once what DETACH needs: two that each waited for more would wait for one another.
      await client.query(`LOCK TABLE ONLY ${quoteName(table)} IN ACCESS EXCLUSIVE MODE`);
      const quoted = (await readCatalog(client, table)).quoted.get(partition);
      if (quoted === undefined) return false;
      await client.query(`ALTER TABLE ${quoteName(table)} DETACH PARTITION ${quoted}`);
      if (drop) await client.query(`DROP TABLE ${quoted}`);
      else await forgetTotals(client, quoted);
      return true;
    });
  }

  async #within<T>(table: QualifiedName, work: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await this.pool.transaction(async (client) => {
        await client.query(
          `SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'`,
        );
        return work(client);
      });
    } catch (error) {
      throw failure(error, table);
    }
  }
}

async function createPartition(
  client: PoolClient,
  catalog: PartitionCatalog,
  range: MonthRange,
): Promise<NewPartition> {
  const { name: parent, keyColumn, defaultQuoted } = catalog;
  const name = partitionName(parent.table, range.from);
  const quoted = quoteName({ schema: parent.schema, table: name });
  const [from, until] = [escapeLiteral(range.from), escapeLiteral(range.until)];
  await client
    .query(`CREATE TABLE ${quoted} (LIKE ${quoteName(parent)} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED
      INCLUDING STORAGE INCLUDING COMPRESSION)`)
    .catch((cause: unknown) => {
      if (sqlState(cause) !== '42P07') throw cause;
      const message = `There is a table "${nameText({ schema: parent.schema, table: name })}" that is no partition. Rename or attach it.`;
      throw new PenstockError('table.exists', message, { cause });
    });
  const days = `${escapeIdentifier(keyColumn)} >= ${from} AND ${escapeIdentifier(keyColumn)} < ${until}`;
  const moved = defaultQuoted === undefined ? 0 : await moveRows(client, { from: defaultQuoted, to: quoted, days });
  await client.query(
    `ALTER TABLE ${quoteName(parent)} ATTACH PARTITION ${quoted} FOR VALUES FROM (${from}) TO (${until})`,
  );
  return { name, ...range, moved };
}

/** A table of its own is none whose totals are kept. */
async function forgetTotals(client: PoolClient, quoted: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(t.tgname) AS name FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
       JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE t.tgrelid = $1::regclass AND n.nspname = 'penstock' AND p.proname = 'sales_changed'`,
    [quoted],
  );
  for (const { name } of rows) await client.query(`DROP TRIGGER ${name} ON ${quoted}`);
}

async function moveRows(
  client: PoolClient,
  { from, to, days }: { from: string; to: string; days: string },
): Promise<number> {
  const { rows } = await client.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [to],
  );
  const columns = rows[0]?.columns ?? '';
  const { rowCount } = await client.query(
    `WITH moved AS (DELETE FROM ${from} WHERE ${days} RETURNING ${columns})
     INSERT INTO ${to} (${columns}) SELECT ${columns} FROM moved`,
  );
  return rowCount ?? 0;
}

const FOREIGN_KEY = '23503';

function failure(cause: unknown, table: QualifiedName): unknown {
  if (sqlState(cause) !== FOREIGN_KEY) return reportFailure(cause, table);
  const message = `Rows of the default partition of "${nameText(table)}" cannot be moved: other tables refer to them.`;
  return new PenstockError('rows.rejected', message, { cause });
}
