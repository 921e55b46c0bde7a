import { createClient } from '@clickhouse/client';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseStreamTables } from '../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { streamTablesContract, type StreamTablesHarness } from './stream-tables.contract.js';

const TIMEOUTS = { insertTimeoutMs: 30_000, statementTimeoutMs: 30_000 };

async function openHarness(): Promise<StreamTablesHarness> {
  const endpoint = await engineOf('clickhouse');
  const connections: ClickhouseConnection[] = [];
  const tablesAt = (place: EngineEndpoint): ClickhouseStreamTables => {
    const connection = new ClickhouseConnection(async () => place, { maxConnections: 4, idleTimeoutMs: 30_000 });
    connections.push(connection);
    return new ClickhouseStreamTables(connection, new SystemClock(), TIMEOUTS);
  };
  const { url, user = 'default', password = '' } = endpoint;
  const client = createClient({ url, username: user, password });
  const database = freshName('tables');
  await client.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  return {
    tables: tablesAt(endpoint),
    unreachable: tablesAt(NOBODY),
    database,
    run: async (sql) => void (await client.command({ query: sql })),
    rows: async (sql) => {
      const clickhouse_settings = { output_format_json_quote_64bit_integers: 1 as const };
      const result = await client.query({ query: sql, format: 'JSONCompact', clickhouse_settings });
      return (await result.json<unknown[]>()).data;
    },
    close: async () => {
      await client.command({ query: `DROP DATABASE ${database}` });
      await Promise.all(connections.map((connection) => connection.close()));
      await client.close();
    },
  };
}

streamTablesContract('ClickHouse (embedded)', openHarness);
