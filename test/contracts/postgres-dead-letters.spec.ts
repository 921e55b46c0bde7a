import { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { POSTGRES_MIGRATIONS } from '../../migrations/postgres/all.js';
import { postgresUrl } from '../../src/infrastructure/postgres/postgres-address.js';
import { PostgresDeadLetters } from '../../src/infrastructure/postgres/postgres-dead-letters.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { engineOf, freshName } from '../support/engine-of.js';
import { deadLettersContract } from './dead-letters.contract.js';

/** A database with the service's tables in it, made by the migrations themselves. */
async function migratedDatabase(): Promise<string> {
  const endpoint = await engineOf('postgres');
  const database = freshName('letters');
  await withClient(postgresUrl(endpoint), (client) => client.query(`CREATE DATABASE ${database}`));
  const url = postgresUrl({ ...endpoint, database });
  await withClient(url, async (client) => {
    const runner = { query: (sql: string) => client.query(sql) } as unknown as QueryRunner; // all that they use of it
    for (const migration of POSTGRES_MIGRATIONS) await new migration().up(runner);
  });
  return url;
}

async function withClient(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

deadLettersContract('PostgreSQL (embedded)', async () => {
  const options = { poolSize: 5, statementTimeoutMs: 20_000 };
  const url = await migratedDatabase();
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
