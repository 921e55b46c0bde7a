import { createClient } from '@clickhouse/client';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseAggregateWindows } from '../../src/infrastructure/clickhouse/windows/clickhouse-aggregate-windows.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { createEventTables, insertEvents } from '../support/event-tables.js';
import { aggregateWindowsContract, type AggregateWindowsHarness } from './aggregate-windows.contract.js';

const OPTIONS = { insertTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

async function openHarness(): Promise<AggregateWindowsHarness> {
  const endpoint = await engineOf('clickhouse');
  const connections: ClickhouseConnection[] = [];
  const windowsAt = (place: EngineEndpoint): ClickhouseAggregateWindows => {
    const connection = new ClickhouseConnection(async () => place, { maxConnections: 4, idleTimeoutMs: 60_000 });
    connections.push(connection);
    return new ClickhouseAggregateWindows(connection, OPTIONS);
  };
  const { url, user = 'default', password = '' } = endpoint;
  const client = createClient({ url, username: user, password });
  const database = freshName('windows');
  await client.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  const query = async (sql: string): Promise<unknown[][]> => {
    const clickhouse_settings = { output_format_json_quote_64bit_integers: 1 as const };
    const result = await client.query({ query: sql, format: 'JSONCompact', clickhouse_settings });
    return (await result.json<unknown[]>()).data;
  };
  return {
    windows: windowsAt(endpoint),
    unreachable: windowsAt(NOBODY),
    database,
    createTables: (domain) => createEventTables(client, domain),
    insert: (domain, eventType, token, events) => insertEvents(client, domain, eventType, { token, events }),
    query,
    run: async (sql) => void (await client.command({ query: sql })),
    tables: async () => {
      const rows = await query(`SELECT name FROM system.tables WHERE database = '${database}' ORDER BY name`);
      return rows.map(([name]) => String(name));
    },
    close: async () => {
      await client.command({ query: `DROP DATABASE ${database}` });
      await Promise.all(connections.map((connection) => connection.close()));
      await client.close();
    },
  };
}

aggregateWindowsContract('ClickHouse (embedded)', openHarness);
