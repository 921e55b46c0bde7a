import { join } from 'node:path';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { fitToServer, readMigrationFiles } from '../../src/infrastructure/clickhouse/migration-file.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { engineOf, freshName } from './engine-of.js';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations', 'clickhouse');

export interface MigratedClickhouse {
  readonly endpoint: EngineEndpoint;
  /** A foreign client of the database. */
  readonly client: ClickHouseClient;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

/** A database with the service's tables in it, made by the migrations themselves. */
export async function migratedClickhouse(): Promise<MigratedClickhouse> {
  const endpoint = await engineOf('clickhouse');
  const { url, user: username = 'default', password = '' } = endpoint;
  const database = freshName('migrated');
  const maker = createClient({ url, username, password });
  await maker.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  const client = createClient({ url, username, password, database });
  for (const { up } of await readMigrationFiles(MIGRATIONS)) {
    for (const statement of up) await client.command({ query: fitToServer(statement, undefined) });
  }
  return {
    endpoint: { ...endpoint, database },
    client,
    count: async (table) => {
      const answer = await client.query({ query: `SELECT count() AS n FROM ${table}`, format: 'JSONEachRow' });
      return Number((await answer.json<{ n: string }>())[0]?.n);
    },
    close: async () => {
      await maker.command({ query: `DROP DATABASE ${database}` });
      await Promise.all([client.close(), maker.close()]);
    },
  };
}
