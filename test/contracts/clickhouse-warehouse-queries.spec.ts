import { createClient } from '@clickhouse/client';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseWarehouseQueries } from '../../src/infrastructure/clickhouse/clickhouse-warehouse-queries.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { warehouseQueriesContract, type WarehouseQueriesHarness } from './warehouse-queries.contract.js';

const LIMITS = { statementTimeoutMs: 30_000, maxResultBytes: 16_000_000, maxQueryMemoryBytes: 2_000_000_000 };

async function openHarness(): Promise<WarehouseQueriesHarness> {
  const endpoint = await engineOf('clickhouse');
  const connections: ClickhouseConnection[] = [];
  const queriesAt = (place: EngineEndpoint): ClickhouseWarehouseQueries => {
    const connection = new ClickhouseConnection(async () => place, { maxConnections: 4, idleTimeoutMs: 30_000 });
    connections.push(connection);
    return new ClickhouseWarehouseQueries(connection, LIMITS);
  };
  const { url, user = 'default', password = '' } = endpoint;
  const client = createClient({ url, username: user, password });
  const database = freshName('queries');
  await client.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  return {
    queries: queriesAt(endpoint),
    unreachable: queriesAt(NOBODY),
    database,
    run: async (sql) => void (await client.command({ query: sql })),
    close: async () => {
      await client.command({ query: `DROP DATABASE ${database}` });
      await Promise.all(connections.map((connection) => connection.close()));
      await client.close();
    },
  };
}

warehouseQueriesContract('ClickHouse (embedded)', openHarness);
