import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresWarehouseScripts } from '../../src/infrastructure/postgres/postgres-warehouse-scripts.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { warehouseScriptsContract } from './warehouse-scripts.contract.js';

warehouseScriptsContract('PostgreSQL (embedded)', async () => {
  const options = { poolSize: 3, statementTimeoutMs: 20_000 };
  const url = await migratedPostgres();
  const [pool, nowhere] = [url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), options),
  );
  return {
    scripts: new PostgresWarehouseScripts(pool!),
    unreachable: new PostgresWarehouseScripts(nowhere!),
    query: async (sql) => (await pool!.query<Record<string, unknown>>(sql)).rows,
    close: async () => {
      await pool!.close();
      await nowhere!.close();
    },
  };
});
