import { PostgresDeployments } from '../../src/infrastructure/postgres/postgres-deployments.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { deploymentsContract } from './deployments.contract.js';

deploymentsContract('PostgreSQL (embedded)', async () => {
  const options = { poolSize: 5, statementTimeoutMs: 20_000 };
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), options),
  );
  const [one, other, unreachable] = pools.map((pool) => new PostgresDeployments(pool, options));
  return {
    one: one!,
    other: other!,
    unreachable: unreachable!,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
