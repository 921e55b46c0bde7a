import { createClient } from '@clickhouse/client';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseEventTables } from '../../src/infrastructure/clickhouse/clickhouse-event-tables.js';
import { ClickhouseStreamTables } from '../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { engineOf, NOBODY } from '../support/engine-of.js';
import { eventTablesContract, type EventTablesHarness } from './event-tables.contract.js';

const TIMEOUTS = { insertTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

async function openHarness(): Promise<EventTablesHarness> {
  const endpoint = await engineOf('clickhouse');
  const connections: ClickhouseConnection[] = [];
  const connect = (place: EngineEndpoint): ClickhouseConnection => {
    const connection = new ClickhouseConnection(async () => place, { maxConnections: 4, idleTimeoutMs: 60_000 });
    connections.push(connection);
    return connection;
  };
  const { url, user = 'default', password = '' } = endpoint;
  const client = createClient({ url, username: user, password });
  return {
    events: new ClickhouseEventTables(connect(endpoint), TIMEOUTS),
    tables: new ClickhouseStreamTables(connect(endpoint), new SystemClock(), TIMEOUTS),
    unreachable: new ClickhouseEventTables(connect(NOBODY), TIMEOUTS),
    run: async (sql) => void (await client.command({ query: sql })),
    rows: async (sql) => {
      const clickhouse_settings = { output_format_json_quote_64bit_integers: 1 as const };
      const result = await client.query({ query: sql, format: 'JSONCompact', clickhouse_settings });
      return (await result.json<unknown[]>()).data;
    },
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await client.close();
    },
  };
}

eventTablesContract('ClickHouse (embedded)', openHarness);
