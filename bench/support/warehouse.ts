import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseStreamTables } from '../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { createTableStatement } from '../../src/domain/stream-onboarding/create-table-statement.js';
import { COLUMNS } from './events.js';

export interface WarehouseAddress {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

const PATIENCE_MS = 120_000;

export function connect({ url, username, password }: WarehouseAddress): ClickHouseClient {
  return createClient({
    url,
    username,
    password,
    request_timeout: PATIENCE_MS,
    log: { level: ClickHouseLogLevel.OFF },
  });
}

/** Penstock's own way to the tables. */
export function openTables({ url, username: user, password }: WarehouseAddress): {
  tables: ClickhouseStreamTables;
  close: () => Promise<void>;
} {
  const options = { maxConnections: 8, idleTimeoutMs: PATIENCE_MS };
  const connection = new ClickhouseConnection(async () => ({ url, user, password }), options);
  const limits = { insertTimeoutMs: PATIENCE_MS, statementTimeoutMs: PATIENCE_MS };
  return {
    tables: new ClickhouseStreamTables(connection, new SystemClock(), limits),
    close: () => connection.close(),
  };
}

/** The table of the events, as onboarding makes it. */
export function eventsTable(table: string): string {
  const definition = { name: { database: 'default', table }, columns: COLUMNS, orderBy: ['n'], comment: 'benchmark' };
  return createTableStatement(definition);
}

export async function countRows(client: ClickHouseClient, table: string): Promise<number> {
  const answer = await client.query({ query: `SELECT count() AS n FROM ${table}`, format: 'JSONEachRow' });
  const [row] = await answer.json<{ n: string }>();
  return Number(row?.n);
}
