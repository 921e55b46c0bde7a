import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { Client } from 'pg';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseWarehouseTables } from '../../src/infrastructure/clickhouse/clickhouse-warehouse-tables.js';
import { fitToServer, readMigrationFiles } from '../../src/infrastructure/clickhouse/migration-file.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { PostgresLoadLedger } from '../../src/infrastructure/postgres/postgres-load-ledger.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { CHUNK_LIMITS, warehouseTablesContract } from './warehouse-tables.contract.js';

const TIMEOUTS = { insertTimeoutMs: 30_000, statementTimeoutMs: 20_000 };
const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations', 'clickhouse');

warehouseTablesContract('ClickHouse (embedded), with ids and receipts in PostgreSQL', async () => {
  const [endpoint, url] = [await engineOf('clickhouse'), await migratedPostgres()];
  const address = { url: endpoint.url, username: endpoint.user ?? 'default', password: endpoint.password ?? '' };
  const database = freshName('warehouse');
  const maker = createClient(address);
  await maker.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  const client = createClient({ ...address, database });
  for (const { up } of await readMigrationFiles(MIGRATIONS)) {
    for (const statement of up) await client.command({ query: fitToServer(statement, undefined) });
  }
  const postgres = new Client({ connectionString: url });
  await postgres.connect();
  const pools: PostgresPool[] = [];
  const connections: ClickhouseConnection[] = [];
  const tablesAt = (place: EngineEndpoint): ClickhouseWarehouseTables => {
    const connection = new ClickhouseConnection(async () => place, { maxConnections: 8, idleTimeoutMs: 30_000 });
    connections.push(connection);
    const pool = new PostgresPool(async () => ({ url }), { poolSize: 2, longPoolSize: 4, statementTimeoutMs: 20_000 });
    pools.push(pool);
    const limits = { statementTimeoutMs: 20_000, idempotencyKeptMs: 3_600_000 };
    const ledger = new PostgresLoadLedger(pool, 'clickhouse', limits);
    return new ClickhouseWarehouseTables(connection, ledger, { ...CHUNK_LIMITS, ...TIMEOUTS });
  };
  return {
    tables: tablesAt({ ...endpoint, database }),
    others: tablesAt({ ...endpoint, database }),
    unreachable: tablesAt(NOBODY),
    count: async (table) => {
      const answer = await client.query({ query: `SELECT count() AS n FROM ${table}`, format: 'JSONEachRow' });
      return Number((await answer.json<{ n: string }>())[0]?.n);
    },
    empty: async (table) => {
      // Dropped with its memory of tokens, which a test may use again.
      await client.command({ query: `TRUNCATE TABLE ${table}` });
      await postgres.query('DELETE FROM penstock.load_receipt');
    },
    close: async () => {
      await postgres.end();
      await Promise.all([...connections, ...pools].map((each) => each.close()));
      await maker.command({ query: `DROP DATABASE ${database}` });
      await Promise.all([client.close(), maker.close()]);
    },
  };
});
