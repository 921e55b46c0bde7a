import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { fitToServer, readMigrationFiles } from '../../src/infrastructure/clickhouse/migration-file.js';
import { engineOf } from './engine-of.js';

export interface ReplicaEngine {
  readonly connection: ClickhouseConnection;
  /** Somebody else's. */
  readonly client: ClickHouseClient;
  close(): Promise<void>;
}

/** ClickHouse with what the service's migrations make in it. */
export async function replicaEngine(): Promise<ReplicaEngine> {
  const endpoint = await engineOf('clickhouse');
  const connection = new ClickhouseConnection(async () => endpoint, { maxConnections: 8, idleTimeoutMs: 30_000 });
  const { url, user = 'default', password = '' } = endpoint;
  const client = createClient({ url, username: user, password, log: { level: ClickHouseLogLevel.OFF } });
  for (const { up } of await readMigrationFiles(join('migrations', 'clickhouse'))) {
    for (const query of up) await client.command({ query: fitToServer(query, undefined) });
  }
  return {
    connection,
    client,
    close: async () => {
      await client.close();
      await connection.close();
    },
  };
}
