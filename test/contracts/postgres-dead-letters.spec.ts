import { PostgresDeadLetters } from '../../src/infrastructure/postgres/postgres-dead-letters.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { deadLettersContract } from './dead-letters.contract.js';

deadLettersContract('PostgreSQL (embedded)', async () => {
  const options = { poolSize: 5, statementTimeoutMs: 20_000 };
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), options),
  );
  const [deadLetters, others, unreachable] = pools.map((pool) => new PostgresDeadLetters(pool));
  return {
    deadLetters: deadLetters!,
    others: others!,
    unreachable: unreachable!,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
