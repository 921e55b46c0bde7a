import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowBatch } from '../../src/domain/ports/stream-tables.port.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseStreamTables } from '../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';
import { ClickhouseWarehouseQueries } from '../../src/infrastructure/clickhouse/clickhouse-warehouse-queries.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { engineOf, freshName } from '../support/engine-of.js';
import { type FaultyPath, faultyPathTo } from '../support/faulty-path.js';

const SIGNAL = new AbortController().signal;

function connect(address: () => EngineEndpoint): ClickhouseConnection {
  return new ClickhouseConnection(async () => address(), { maxConnections: 4, idleTimeoutMs: 30_000 });
}

describe('ClickHouse on a bad network', () => {
  let endpoint: EngineEndpoint;
  let path: FaultyPath;
  let silent: Server;
  const connections: ClickhouseConnection[] = [];
  const tablesAt = (url: string, insertTimeoutMs = 20_000): ClickhouseStreamTables => {
    const connection = connect(() => ({ ...endpoint, url }));
    connections.push(connection);
    return new ClickhouseStreamTables(connection, new SystemClock(), { insertTimeoutMs, statementTimeoutMs: 1000 });
  };
  const batch = (table: string, rows: readonly object[]): RowBatch => ({
    table: { database: 'default', table },
    token: 't',
    lines: rows.map((row) => Buffer.from(JSON.stringify(row))),
    skipUnknownFields: false,
  });
  beforeAll(async () => {
    endpoint = await engineOf('clickhouse');
    path = await faultyPathTo(endpoint.url);
    silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await path.close();
    silent.close();
  });
  const created = async (): Promise<string> => {
    const table = freshName('outage');
    const columns = [{ name: 'n', type: 'Int64' }];
    const name = { database: 'default', table };
    await tablesAt(endpoint.url).create({ name, columns, orderBy: ['n'], connectorId: 'c' });
    return table;
  };
  const count = async (table: string): Promise<unknown> => {
    const connection = connect(() => endpoint);
    connections.push(connection);
    const limits = { statementTimeoutMs: 10_000, maxResultBytes: 1_000_000, maxQueryMemoryBytes: 1_000_000_000 };
    const queries = new ClickhouseWarehouseQueries(connection, limits);
    const sql = `SELECT count() AS c FROM default.${table}`;
    return (await queries.run({ sql, offset: 0, limit: 1, timeoutMs: 10_000 })).rows[0]?.['c'];
  };

  it('stores rows once when the answer to their insert is lost and it is repeated', async () => {
    const table = await created();
    const tables = tablesAt(path.url);
    const rows = batch(table, [{ n: 1 }, { n: 2 }]);
    path.loseAnswers(1, ({ path: url }) => url.includes('INSERT'));
    await expect(tables.insert(rows, SIGNAL)).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    await tables.insert(rows, SIGNAL);
    expect(await count(table)).toBe('2');
  });

  it('stores rows once when an insert arrives again, late', async () => {
    const table = await created();
    await tablesAt(path.url).insert(batch(table, [{ n: 1 }, { n: 2 }]), SIGNAL);
    const insert = path.passed.findLast(({ path: url }) => url.includes('INSERT'))!;
    expect(await path.deliverAgain(insert)).toBe(200);
    expect(await count(table)).toBe('2');
  });

  it('gives up on a server that takes the request and never answers', async () => {
    const { port } = silent.address() as AddressInfo;
    const tables = tablesAt(`http://127.0.0.1:${port}`, 300);
    const inserting = tables.insert(batch('any', [{ n: 1 }]), SIGNAL);
    await expect(inserting).rejects.toMatchObject({ code: 'warehouse.unreachable' });
  });

  it('lets the caller give up while the server is silent', async () => {
    const { port } = silent.address() as AddressInfo;
    const stop = new AbortController();
    const inserting = tablesAt(`http://127.0.0.1:${port}`).insert(batch('any', [{ n: 1 }]), stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(inserting).rejects.toMatchObject({ code: 'warehouse.unreachable' });
  });

  it('follows an engine that comes back at another address', async () => {
    const table = await created();
    let url = 'http://127.0.0.1:9';
    const connection = connect(() => ({ ...endpoint, url }));
    connections.push(connection);
    const options = { insertTimeoutMs: 20_000, statementTimeoutMs: 20_000 };
    const tables = new ClickhouseStreamTables(connection, new SystemClock(), options);
    const rows = batch(table, [{ n: 1 }]);
    await expect(tables.insert(rows, SIGNAL)).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    url = endpoint.url;
    await tables.insert(rows, SIGNAL);
    expect(await count(table)).toBe('1');
  });
});
