import { Client } from 'pg';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresWarehouseTables } from '../../src/infrastructure/postgres/postgres-warehouse-tables.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { CHUNK_LIMITS, warehouseTablesContract } from './warehouse-tables.contract.js';

const LIMITS = { ...CHUNK_LIMITS, statementTimeoutMs: 20_000, idempotencyKeptMs: 3_600_000 };

warehouseTablesContract('PostgreSQL (embedded)', async () => {
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) =>
      new PostgresPool(async () => ({ url: place }), { poolSize: 2, longPoolSize: 4, statementTimeoutMs: 20_000 }),
  );
  const [tables, others, unreachable] = pools.map((pool) => new PostgresWarehouseTables(pool, LIMITS));
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    tables: tables!,
    others: others!,
    unreachable: unreachable!,
    count: async (table) => Number((await client.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n),
    empty: async (table) => {
      await client.query(`DELETE FROM ${table}`);
      await client.query('DELETE FROM penstock.load_receipt');
    },
    close: async () => {
      await client.end();
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
