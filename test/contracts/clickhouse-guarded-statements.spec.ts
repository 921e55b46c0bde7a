import { createClient } from '@clickhouse/client';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseGuardedStatements } from '../../src/infrastructure/clickhouse/clickhouse-guarded-statements.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { entry, statement } from '../support/guarded-database.js';
import { guardedStatementsContract, type GuardedStatementsHarness } from './guarded-statements.contract.js';

const connections: ClickhouseConnection[] = [];

function adapterAt(place: EngineEndpoint): ClickhouseGuardedStatements {
  const connection = new ClickhouseConnection(async () => place, { maxConnections: 4, idleTimeoutMs: 60_000 });
  connections.push(connection);
  return new ClickhouseGuardedStatements(connection, { maxQueryMemoryBytes: 1_000_000_000 });
}

async function open(): Promise<GuardedStatementsHarness & { database: string }> {
  const endpoint = await engineOf('clickhouse');
  const { url, user = 'default', password = '' } = endpoint;
  const client = createClient({ url, username: user, password });
  const database = freshName('guarded');
  await client.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  await client.command({
    query: `CREATE TABLE ${database}.kept (id UInt32, name String) ENGINE = MergeTree ORDER BY id`,
  });
  await client.command({ query: `INSERT INTO ${database}.kept SELECT 1, 'one'` });
  const rows = async (query: string): Promise<unknown[]> =>
    (await client.query({ query, format: 'JSONEachRow' })).json();
  return {
    database,
    statements: adapterAt(endpoint),
    unreachable: adapterAt(NOBODY),
    words: {
      numbers: (count) => `SELECT number AS n FROM numbers(${count}) ORDER BY n`,
      withParameter: ['SELECT {n:UInt8} AS n', { n: 7 }],
      endless: 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
      large: `SELECT repeat('x', 1000000) AS x FROM numbers(10)`,
      literal: [`SELECT secret FROM t WHERE name = 'hunter2'`, 'hunter2'],
      writes: [
        `INSERT INTO ${database}.kept SELECT 2, 'two'`,
        `DROP TABLE ${database}.kept`,
        `ALTER TABLE ${database}.kept DELETE WHERE 1`,
        `TRUNCATE TABLE ${database}.kept`,
        `CREATE TABLE ${database}.more (a UInt8) ENGINE = Memory`,
        'KILL QUERY WHERE 1',
        'SYSTEM FLUSH LOGS',
        'SET readonly = 0',
      ],
    },
    isBusy: async () =>
      (
        await rows(
          `SELECT 1 FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system.processes%'`,
        )
      ).length > 0,
    state: async () => [await rows(`SELECT * FROM ${database}.kept`), await rows(`SHOW TABLES FROM ${database}`)],
    close: async () => {
      await client.command({ query: `DROP DATABASE ${database}` });
      await Promise.all(connections.map((connection) => connection.close()));
      await client.close();
    },
  };
}

guardedStatementsContract('ClickHouse (embedded)', open);

describe('an attack on ClickHouse', () => {
  let at: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    at = await open();
  });
  afterAll(() => at.close());

  it.each([
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    'SELECT "file" (\'/etc/passwd\')',
    "SELECT * APPLY file FROM (SELECT '/etc/passwd')",
    "SELECT * APPLY(`file`) FROM (SELECT '/etc/passwd')",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT 1 FROM numbers(1), url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM urlCluster('c', 'http://127.0.0.1:1/', 'CSV')",
    "SELECT * FROM s3('http://127.0.0.1:1/b/k', 'LineAsString')",
    "SELECT * FROM gcs('http://127.0.0.1:1/b/k', 'LineAsString')",
    "SELECT * FROM azureBlobStorage('a', 'b', 'c')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'CSV')",
    "SELECT * FROM iceberg('http://127.0.0.1:1/b')",
    "SELECT * FROM deltaLake('http://127.0.0.1:1/b')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1:1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM clusterAllReplicas('default', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'x Int8')",
    "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')",
    "SELECT * FROM sqlite('/tmp/x', 'a')",
    "SELECT * FROM odbc('DSN=x', 'a', 'b')",
    "SELECT * FROM jdbc('x', 'a', 'b')",
    "SELECT * FROM executable('id', 'LineAsString', 'x String')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM merge('penstock', '.*')",
    "SELECT * FROM dictionary('d')",
    "SELECT dictGet('d', 'v', 1)",
    "SELECT joinGet('penstock.x', 'v', 1)",
    "SELECT * FROM mergeTreeIndex('penstock', 'penstock_migration')",
    "SELECT * FROM numbers(1) WHERE number IN (SELECT 1 FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8'))",
    "SELECT 1 UNION ALL SELECT 1 FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8')",
    "WITH x AS (SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8')) SELECT 1",
    "DESCRIBE TABLE url('http://127.0.0.1:1/', 'CSV')",
    "EXPLAIN SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8')",
    "SELECT 1 INTO OUTFILE '/tmp/penstock-guarded-loot'",
    "SELECT 1 INTO OUTFILE '/tmp/penstock-guarded-loot' TRUNCATE FORMAT CSV",
    'SELECT 1 FORMAT Native',
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)',
    "SELECT * FROM (SELECT * FROM file('/etc/passwd', 'LineAsString') SETTINGS readonly = 0)",
    'SELECT 1; DROP TABLE kept',
    '/* SELECT */ DROP TABLE kept',
    'EXPLAIN SYNTAX DROP TABLE kept; DROP TABLE kept',
    'SELECT * FROM system.query_log',
    'SELECT * FROM `system`.`processes`',
    'SELECT * FROM "system".users',
    'SELECT * FROM system.named_collections',
    'SELECT * FROM penstock.penstock_migration',
    'SELECT 1 IN penstock.penstock_migration',
    'SELECT * FROM {t:Identifier}',
    'SELECT * FROM {d: Identifier}.users',
    'SHOW PROCESSLIST',
    'SHOW GRANTS',
    "SHOW SETTINGS LIKE '%'",
    'SHOW TABLES FROM penstock',
    'SHOW CREATE TABLE penstock.penstock_migration',
    'SELECT sleep(3)',
    'SELECT sleepEachRow(1) FROM numbers(3)',
    "SELECT getSetting('readonly')",
    "SELECT getMacro('x')",
    'SELECT filesystemAvailable()',
    "SELECT aiGenerate('x')",
  ])('is refused: %s', async (sql) => {
    const before = await at.state();
    const parameters = { t: 'penstock.penstock_migration', d: 'system' };
    const error = await at.statements.read(statement(sql, { parameters })).then(
      ({ rows }) => ({ code: `ran: ${rows.join(',').slice(0, 100)}`, message: '' }),
      (failure: { code: string; message: string }) => failure,
    );
    expect(error.code).toMatch(/^query\.(refused|failed)$/);
    expect(error.message).not.toContain('root:x:0');
    expect(await at.state()).toEqual(before);
    expect(existsSync('/tmp/penstock-guarded-loot')).toBe(false);
  });

  it.each([
    'SELECT id, name FROM kept',
    "SELECT 'file(' AS file, file || '(1)' AS b, 1 AS url",
    'SELECT * FROM numbers(3) AS system',
    "SELECT * FROM values('a Int8', 1, 2)",
    'SELECT x FROM (SELECT [1, 2] AS a) ARRAY JOIN arrayMap(y -> y + 1, a) AS x',
    "SELECT cutToFirstSignificantSubdomain('https://a.b.c/'), URLHash('x')",
    'SELECT name FROM system.tables LIMIT 1',
    'SHOW TABLES',
    'DESCRIBE TABLE kept',
    'EXPLAIN SELECT * FROM kept',
    "SELECT 'SETTINGS readonly = 0; DROP TABLE kept' AS settings",
    'WITH 2 AS two SELECT two * id FROM kept',
  ])('is none, and runs: %s', async (sql) => {
    const text = sql.replaceAll(/\bkept\b(?!')/g, `${at.database}.kept`);
    expect((await at.statements.read(statement(text))).columns.length).toBeGreaterThan(0);
  });

  it('cannot write at all', async () => {
    const writing = at.statements.write({
      ...statement('INSERT INTO kept VALUES (1)'),
      isDryRun: false,
      entryOf: () => entry(),
    });
    await expect(writing).rejects.toMatchObject({ code: 'query.refused' });
  });
});
