import { PostgresLoadLedger } from '../../src/infrastructure/postgres/postgres-load-ledger.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { loadLedgerContract } from './load-ledger.contract.js';

loadLedgerContract('PostgreSQL (embedded)', async () => {
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), { poolSize: 2, statementTimeoutMs: 20_000 }),
  );
  const [ledger, others, unreachable] = pools.map(
    (pool, n) =>
      new PostgresLoadLedger(pool, 'clickhouse', {
        statementTimeoutMs: n === 1 ? 2000 : 20_000,
        idempotencyKeptMs: 3_600_000,
      }),
  );
  return {
    ledger: ledger!,
    others: others!,
    unreachable: unreachable!,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
