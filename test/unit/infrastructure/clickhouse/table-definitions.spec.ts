import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../../src/infrastructure/clock/system-clock.js';
import { ClickhouseConnection } from '../../../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseStreamTables } from '../../../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';

const UUID = '5e0fd6c0-1c0e-4a53-9d4c-3f0c1b0e7f11';
const NAME = { database: 'default', table: 'events' };

/** No cluster can be had here: this is a listener that writes down what one would be told. */
describe('Stream tables on a cluster', () => {
  let server: Server;
  let connection: ClickhouseConnection;
  let tables: ClickhouseStreamTables;
  let told: string[];
  let settings: URLSearchParams;
  let refuse: (statement: string) => number | undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        const body = Buffer.concat(chunks as Buffer[]).toString();
        const { searchParams } = new URL(request.url ?? '/', 'http://x');
        const statement = searchParams.get('query') ?? body;
        const code = refuse(statement);
        if (code !== undefined) {
          response.writeHead(500, { 'X-ClickHouse-Exception-Code': code });
          response.end(`Code: ${code}. DB::Exception: There is one. (TABLE_ALREADY_EXISTS)`);
          return null;
        }
        const isQuery = /^\s*SELECT/.test(statement);
        if (!isQuery) {
          told.push(statement);
          settings = searchParams;
        }
        const comment = 'Penstock copies a stream into this table, connector c-1';
        const row = { uuid: UUID, statement: 'CREATE …', comment, names: ['id'], types: ['String'] };
        response.end(isQuery ? `${JSON.stringify(row)}\n` : '');
        return null;
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    connection = new ClickhouseConnection(async () => ({ url }), { maxConnections: 1, idleTimeoutMs: 5000 });
    const options = { insertTimeoutMs: 5000, statementTimeoutMs: 5000, cluster: 'main cluster' };
    tables = new ClickhouseStreamTables(connection, new SystemClock(), options);
  });
  afterAll(async () => {
    await connection.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    told = [];
    refuse = () => undefined;
  });

  const definition = { name: NAME, columns: [{ name: 'id', type: 'String' }], orderBy: ['id'], connectorId: 'c-1' };
  const LOCAL =
    'CREATE TABLE default.events_local ON CLUSTER `main cluster`(id String) ENGINE = ReplicatedMergeTree() ' +
    'PRIMARY KEY id SETTINGS replicated_deduplication_window = 10000';
  const DISTRIBUTED =
    'CREATE TABLE default.events ON CLUSTER `main cluster` AS default.events_local ' +
    "ENGINE = Distributed('main cluster', 'default', 'events_local', cityHash64(id))";

  it('are made replicated, with a distributed table in front', async () => {
    const table = await tables.create(definition);
    expect(told).toEqual([expect.stringContaining(LOCAL), expect.stringContaining(DISTRIBUTED)]);
    expect(table).toMatchObject({ uuid: UUID, connectorId: 'c-1', statement: expect.stringContaining(DISTRIBUTED) });
  });

  it('are finished by whoever comes after a request that died between the two', async () => {
    refuse = (statement) => (statement.includes('ReplicatedMergeTree') ? 57 : undefined);
    await tables.create(definition);
    expect(told).toEqual([expect.stringContaining(DISTRIBUTED)]);
  });

  it('are not taken from another connector', async () => {
    refuse = (statement) => (statement.includes('ReplicatedMergeTree') ? 57 : undefined);
    const creating = tables.create({ ...definition, connectorId: 'c-2' });
    await expect(creating).rejects.toMatchObject({ code: 'table.exists' });
    expect(told).toEqual([]);
  });

  it('get new columns where the rows are first', async () => {
    await tables.addColumns(NAME, [{ name: 'colour', type: 'Nullable(String)' }]);
    const addition = 'ON CLUSTER `main cluster` ADD COLUMN IF NOT EXISTS colour Nullable(String)';
    expect(told).toEqual([
      expect.stringContaining(`ALTER TABLE default.events_local ${addition}`),
      expect.stringContaining(`ALTER TABLE default.events ${addition}`),
    ]);
  });

  it('are dropped front first', async () => {
    await tables.drop(NAME, UUID);
    expect(told).toEqual([
      expect.stringContaining('DROP TABLE IF EXISTS default.events ON CLUSTER `main cluster` SYNC'),
      expect.stringContaining('DROP TABLE IF EXISTS default.events_local ON CLUSTER `main cluster` SYNC'),
    ]);
  });

  it('take a batch once every shard has it, as one block under its token', async () => {
    const lines = [Buffer.from('{"id":"x"}')];
    const batch = { table: NAME, token: 'the-token', lines, skipUnknownFields: false };
    await tables.insert(batch, new AbortController().signal);
    expect(told[0]).toContain('INSERT INTO default.events FORMAT JSONEachRow');
    expect(Object.fromEntries(settings)).toMatchObject({
      insert_distributed_sync: '1',
      insert_deduplication_token: 'the-token',
      insert_deduplicate: '1',
      async_insert: '0',
    });
  });
});
