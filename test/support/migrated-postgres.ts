import { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { POSTGRES_MIGRATIONS } from '../../migrations/postgres/all.js';
import { postgresUrl } from '../../src/infrastructure/postgres/postgres-address.js';
import { engineOf, freshName } from './engine-of.js';

/** The URL of a database with the service's tables in it, made by the migrations themselves. */
export async function migratedPostgres(): Promise<string> {
  const endpoint = await engineOf('postgres');
  const database = freshName('migrated');
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
