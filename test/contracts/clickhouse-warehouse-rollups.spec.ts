import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableName } from '../../src/domain/shared/table-name.js';
import { createTableStatement, quoteTableName } from '../../src/domain/stream-onboarding/create-table-statement.js';
import { BatchInsert } from '../../src/infrastructure/clickhouse/batch-insert.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseWarehouseRollups } from '../../src/infrastructure/clickhouse/clickhouse-warehouse-rollups.js';
import { dropStatements, rollupStatements } from '../../src/infrastructure/clickhouse/rollup-statements.js';
import { type ScratchClickhouse, startScratchClickhouse } from '../support/scratch-clickhouse.js';
import { warehouseRollupsContract, type WarehouseRollupsHarness } from './warehouse-rollups.contract.js';

const DATABASE = 'rollup tests';
const TIMEOUT_MS = 30_000;
const NOBODY = 'http://127.0.0.1:1';

async function openHarness(): Promise<WarehouseRollupsHarness> {
  const server = await startScratchClickhouse();
  const client = server.connect();
  const connections: ClickhouseConnection[] = [];
  const connect = (url: string): ClickhouseConnection => {
    const address = async () => ({ url, user: server.username, password: server.password });
    const connection = new ClickhouseConnection(address, { maxConnections: 4, idleTimeoutMs: TIMEOUT_MS });
    connections.push(connection);
    return connection;
  };
  const connection = connect(server.url);
  const run = async (query: string) => void (await client.command({ query }));
  await run(`CREATE DATABASE \`${DATABASE}\` ENGINE = Atomic`);
  return {
    rollups: new ClickhouseWarehouseRollups(connection, { statementTimeoutMs: TIMEOUT_MS }),
    unreachable: new ClickhouseWarehouseRollups(connect(NOBODY), { statementTimeoutMs: TIMEOUT_MS }),
    database: DATABASE,
    createSource: (name) =>
      run(
        createTableStatement({
          name,
          columns: [
            { name: 'time', type: 'Nullable(DateTime64(3))' },
            { name: 'kind', type: 'Nullable(String)' },
          ],
          orderBy: [],
          comment: 'a stream',
        }),
      ),
    insert: (table, token, rows) => {
      const lines = rows.map((row) => Buffer.from(JSON.stringify(row)));
      const batch = { table, token, lines, skipUnknownFields: false };
      const inserts = new BatchInsert(connection, { timeoutMs: TIMEOUT_MS, cluster: undefined });
      return inserts.send(batch, new AbortController().signal);
    },
    createStranger: (name: TableName) => run(`CREATE VIEW ${quoteTableName(name)} AS SELECT 1 AS one`),
    drop: (name) => run(`DROP TABLE ${quoteTableName(name)} SYNC`),
    read: async (view) => {
      const query = `SELECT * FROM ${quoteTableName(view)} ORDER BY ALL`;
      const clickhouse_settings = { output_format_json_quote_64bit_integers: 0 as const };
      const result = await client.query({ query, format: 'JSONCompact', clickhouse_settings });
      return (await result.json<unknown[]>()).data;
    },
    close: async () => {
      await Promise.all(connections.map((opened) => opened.close()));
      await client.close();
      await server.stop();
    },
  };
}

warehouseRollupsContract('ClickHouse (embedded)', openHarness);

describe('the statements of a rollup on a cluster', () => {
  let server: ScratchClickhouse;
  beforeAll(async () => {
    server = await startScratchClickhouse();
  });
  afterAll(() => server.stop());

  const table = (name: string): TableName => ({ database: 'shop', table: name });
  const rollup = { source: table('visits'), view: table('per_minute'), timeColumn: 'time', groupColumn: 'kind' };
  const made = rollupStatements(rollup, 'counts', 'main');
  const dropped = dropStatements(rollup, 'main');

  it('run on all of its servers, and are ClickHouse', async () => {
    const client = server.connect();
    for (const statement of [...made, ...dropped]) {
      expect(statement).toContain(' ON CLUSTER main');
      const parsed = await client.query({
        query: 'SELECT formatQuery({statement: String}) AS text',
        query_params: { statement },
        format: 'JSONEachRow',
      });
      expect(await parsed.json()).toHaveLength(1);
    }
    await client.close();
  });

  it('count on each server what it stores, replicated, and add up over all of them', () => {
    expect(made[0]).toMatch(/shop\.per_minute_counts_local .*ENGINE = ReplicatedSummingMergeTree/u);
    expect(made[1]).toContain("Distributed('main', 'shop', 'per_minute_counts_local')");
    expect(made[2]).toMatch(/TO shop\.per_minute_counts_local AS .* FROM shop\.visits_local /u);
    expect(made[3]).toContain('FROM shop.per_minute_counts AS c');
  });

  it('remove all that they made', () => {
    const names = (statements: readonly string[]) =>
      new Set(statements.map((statement) => / EXISTS (\S+)/u.exec(statement)?.[1]));
    expect(names(dropped)).toEqual(names(made));
  });
});
