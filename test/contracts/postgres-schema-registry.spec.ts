import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresSchemaRegistry } from '../../src/infrastructure/postgres/registry/postgres-schema-registry.js';
import { RegistryTurn } from '../../src/infrastructure/postgres/registry/registry-turn.js';
import { CountedMetrics } from '../support/counted-metrics.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { schemaRegistryContract } from './schema-registry.contract.js';

schemaRegistryContract('PostgreSQL (embedded)', async () => {
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), { poolSize: 3, statementTimeoutMs: 30_000 }),
  );
  const [registry, others, unreachable] = pools.map(
    (pool) => new PostgresSchemaRegistry(pool, new RegistryTurn(pool), new CountedMetrics()),
  );
  return {
    registry: registry!,
    others: others!,
    unreachable: unreachable!,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});
