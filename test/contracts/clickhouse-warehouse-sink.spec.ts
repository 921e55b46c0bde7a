import { createClient } from '@clickhouse/client';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseGuardedStatements } from '../../src/infrastructure/clickhouse/clickhouse-guarded-statements.js';
import { ClickhouseStreamTables } from '../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';
import { ClickhouseWarehouseSink } from '../../src/infrastructure/clickhouse/clickhouse-warehouse-sink.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { warehouseSinkContract } from './warehouse-sink.contract.js';

const TIMEOUTS = { insertTimeoutMs: 30_000, statementTimeoutMs: 30_000 };
const BOUNDS = { timeoutMs: 20_000, maxRows: 100, maxBytes: 1_000_000 };

warehouseSinkContract('ClickHouse (embedded)', async () => {
  const endpoint = await engineOf('clickhouse');
  const { url, user = 'default', password = '' } = endpoint;
  const client = createClient({ url, username: user, password });
  const database = freshName('sinks');
  await client.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  const connections = [endpoint, NOBODY].map(
    (place) => new ClickhouseConnection(async () => place, { maxConnections: 4, idleTimeoutMs: 30_000 }),
  );
  const [sink, unreachable] = connections.map((connection) => {
    const tables = new ClickhouseStreamTables(connection, new SystemClock(), TIMEOUTS);
    const statements = new ClickhouseGuardedStatements(connection, { maxQueryMemoryBytes: 1_000_000_000 });
    const parts = { connection, tables, statements };
    return new ClickhouseWarehouseSink(parts, { database, statementTimeoutMs: 30_000, bounds: BOUNDS });
  });
  return {
    sink: sink!,
    unreachable: unreachable!,
    namespace: database,
    parameter: ['SELECT {n:UInt8} AS n', { n: 7 }],
    rows: async (sql) => (await client.query({ query: sql, format: 'JSONEachRow' })).json<Record<string, unknown>>(),
    dropNamespace: async (name) => void (await client.command({ query: `DROP DATABASE ${name}` })),
    close: async () => {
      await client.command({ query: `DROP DATABASE ${database}` });
      await Promise.all(connections.map((connection) => connection.close()));
      await client.close();
    },
  };
});
