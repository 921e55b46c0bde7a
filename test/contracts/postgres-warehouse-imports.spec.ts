import { Client } from 'pg';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { SalesTotalsCompletion } from '../../src/infrastructure/postgres/sales/sales-totals-completion.js';
import { PostgresOwnTables } from '../../src/infrastructure/postgres/postgres-own-tables.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresWarehouseImports } from '../../src/infrastructure/postgres/postgres-warehouse-imports.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { warehouseImportsContract } from './warehouse-imports.contract.js';

warehouseImportsContract('PostgreSQL (embedded)', async () => {
  const options = { poolSize: 5, statementTimeoutMs: 20_000 };
  const url = `${await migratedPostgres()}?options=-csearch_path%3Dpublic`;
  const pools = [url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), options),
  );
  const [imports, unreachable] = pools.map((pool) => {
    const parts = { pool, ownTables: new PostgresOwnTables(pool, async () => undefined) };
    return new PostgresWarehouseImports({ ...parts, completion: new SalesTotalsCompletion(pool), clock: new SystemClock() });
  });
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    imports: imports!,
    unreachable: unreachable!,
    query: async (sql) => {
      const result = await client.query<Record<string, unknown>>(sql);
      return result.rows;
    },
    close: async () => {
      await client.end();
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
