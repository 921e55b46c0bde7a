import { PostgresJobQueue } from '../../src/infrastructure/postgres/postgres-job-queue.js';
import { PostgresJobs } from '../../src/infrastructure/postgres/postgres-jobs.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { jobsContract } from './jobs.contract.js';

jobsContract('PostgreSQL (embedded)', async () => {
  const options = { poolSize: 5, statementTimeoutMs: 20_000 };
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), options),
  );
  const [one, other, unreachable] = pools.map((pool) => ({
    jobs: new PostgresJobs(pool),
    queue: new PostgresJobQueue(pool),
  }));
  return {
    one: one!,
    other: other!,
    unreachable: unreachable!,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
