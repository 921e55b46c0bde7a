import { Client } from 'pg';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresAlertRecords } from '../../src/infrastructure/postgres/sinks/postgres-alert-records.js';
import { PostgresWindowFollows } from '../../src/infrastructure/postgres/sinks/postgres-window-follows.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { windowFollowsContract } from './window-follows.contract.js';

windowFollowsContract('PostgreSQL (embedded)', async () => {
  const url = await migratedPostgres();
  const pools = [url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), { poolSize: 4, statementTimeoutMs: 60_000 }),
  );
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    follows: new PostgresWindowFollows(pools[0]!),
    alerts: new PostgresAlertRecords(pools[0]!),
    unreachable: new PostgresWindowFollows(pools[1]!),
    run: async (sql) => void (await client.query(sql)),
    rows: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    close: async () => {
      await client.end();
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
