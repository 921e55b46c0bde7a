import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

let penstock: RunningPenstock;
let stream: string;
let id: string;

beforeAll(async () => {
  penstock = await RunningPenstock.start({ QUERY_TIMEOUT_MS: '3000', CLICKHOUSE_MAX_RESULT_BYTES: '100000' });
  stream = await penstock.stream(2);
  id = await penstock.onboard(stream, 'clicks', { schema: [{ name: 'n', type: 'Int32' }], onNewField: 'reject' });
  await penstock.put(stream, [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 'x' }]);
  await penstock.untilCount('clicks', 3);
  await penstock.untilLetters(id, 1);
});
afterAll(() => penstock.stop());

const state = async (method: string, path: string): Promise<unknown[]> => {
  const { status, body } = await penstock.call(method, path);
  return [status, body['state'] ?? body['code']];
};
const query = (text: string, more: Body = {}) => penstock.post('/api/query', { query: text, ...more });

describe('a connector', () => {
  it('shows how far each shard is, when and why it was last stored, and what did not fit', async () => {
    const view = await until(
      () => penstock.get(`/api/connectors/${id}`),
      ({ rows, deadLetters, lagMs, lagRecords }) => rows === 3 && deadLetters === 1 && lagMs === 0 && lagRecords === 0,
    );
    expect(view).toMatchObject({
      id,
      streamName: stream,
      streamARN: expect.stringContaining(stream),
      databaseName: 'default',
      tableName: 'clicks',
      tableUUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      schema: [{ name: 'n', type: 'Int32' }],
      orderBy: ['n'],
      startFrom: 'TRIM_HORIZON',
      onNewField: 'reject',
      state: 'running',
      createdOn: expect.any(String),
      bytes: expect.any(Number),
      lagRecords: 0,
      lastFlushAt: expect.any(String),
    });
    const shards = view['shards'] as Body[];
    expect(shards.map(({ shardId }) => shardId)).toEqual(['shardId-000000000000', 'shardId-000000000001']);
    expect(shards.find(({ rows }) => rows !== 0)).toMatchObject({
      checkpoint: expect.stringMatching(/^\d{40,}$/),
      owner: expect.any(String),
      lagRecords: 0,
      lagMs: 0,
      lastFlushReason: 'age',
      lastFlushAt: expect.any(String),
    });
  });

  it('is listed with the others, oldest first, page by page', async () => {
    const second = await penstock.onboard(stream, 'clicks_2', {
      schema: [{ name: 'n', type: 'String' }],
      paused: true,
    });
    const page = await penstock.get('/api/connectors?limit=1');
    expect((page['connectors'] as Body[]).map((connector) => connector['id'])).toEqual([id]);
    const rest = await penstock.get(`/api/connectors?limit=1&cursor=${String(page['next'])}`);
    expect((rest['connectors'] as Body[]).map((connector) => connector['id'])).toEqual([second]);
    expect(rest['next']).toBeUndefined();
    for (const bad of ['limit=0', 'limit=101', 'limit=x', 'cursor=!', 'nonsense=1']) {
      expect([bad, (await penstock.call('GET', `/api/connectors?${bad}`)).status]).toEqual([bad, 400]);
    }
    expect((await penstock.call('GET', '/api/sources')).body).toEqual([
      {
        streamName: stream,
        streamType: 'kinesis',
        tableName: 'clicks',
        createdOn: expect.any(String),
        databaseName: 'default',
        connectorId: id,
      },
      {
        streamName: stream,
        streamType: 'kinesis',
        tableName: 'clicks_2',
        createdOn: expect.any(String),
        databaseName: 'default',
        connectorId: second,
      },
    ]);
    expect((await penstock.get('/api/databases'))['default']).toEqual(expect.arrayContaining(['clicks', 'clicks_2']));
  });

  it('pauses and resumes, once or twice, and goes on from where it was', async () => {
    expect(await state('POST', `/api/connectors/${id}/pause`)).toEqual([200, 'paused']);
    expect(await state('POST', `/api/connectors/${id}/pause`)).toEqual([200, 'paused']);
    await until(
      () => penstock.get(`/api/connectors/${id}`),
      ({ shards }) => (shards as Body[]).every(({ owner }) => owner === undefined),
    );
    await penstock.put(stream, [{ n: 4 }, { n: 5 }]);
    expect(await penstock.count('clicks')).toBe(3);
    expect(await state('POST', `/api/connectors/${id}/resume`)).toEqual([200, 'running']);
    expect(await state('POST', `/api/connectors/${id}/resume`)).toEqual([200, 'running']);
    await penstock.untilCount('clicks', 5);
    expect(await penstock.rows('SELECT n FROM clicks ORDER BY n')).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
  });

  it('is gone once removed, with its leases and its pair in the map; its table stays', async () => {
    const doomed = await penstock.onboard(stream, 'stays', { schema: [{ name: 'n', type: 'String' }] });
    await penstock.untilCount('stays', 5);
    expect((await penstock.call('DELETE', `/api/connectors/${doomed}`)).status).toBe(204);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/dead-letters/replay'],
      ['GET', '/dead-letters'],
    ] as const) {
      expect([path, ...(await state(method, `/api/connectors/${doomed}${path}`))]).toEqual([
        path,
        404,
        'connector.unknown',
      ]);
    }
    expect(await penstock.count('stays')).toBeGreaterThanOrEqual(5);
    // The name is taken, as long as its table is there.
    const again = await penstock.post('/api/create-table', {
      streamName: stream,
      tableName: 'stays',
      schema: [{ name: 'n', type: 'String' }],
    });
    expect(again.body['code']).toBe('table.exists');
  });

  it('takes its table along when told so, and then the name is free', async () => {
    const first = await penstock.onboard(stream, 'goes', { schema: [{ name: 'n', type: 'String' }] });
    expect((await penstock.call('DELETE', `/api/connectors/${first}?dropTable=maybe`)).status).toBe(400);
    expect((await penstock.call('DELETE', `/api/connectors/${first}?dropTable=true`)).status).toBe(204);
    const second = await penstock.onboard(stream, 'goes', { schema: [{ name: 'n', type: 'String' }] });
    expect(second).not.toBe(first);
    await penstock.untilCount('goes', 6);
    expect(await penstock.count('goes')).toBe(6);
  });
});

describe('a query', () => {
  it('answers a page of rows with what the clients of the original expect', async () => {
    const text = 'SELECT n, toString(n) AS t FROM clicks ORDER BY n';
    expect((await query(text, { page: 2, pageSize: 2 })).body).toEqual({
      metadata: {
        query: text,
        row_count: 2,
        column_names: ['n', 't'],
        column_types: ['Int32', 'String'],
        total_count: 5,
        page: 2,
        page_size: 2,
        total_pages: 3,
      },
      data: [
        { n: 3, t: '3' },
        { n: 4, t: '4' },
      ],
    });
    expect((await query(text, { page: 9 })).body).toMatchObject({ data: [], metadata: { row_count: 0 } });
  });

  it('loses no digit', async () => {
    const { body } = await query(
      "SELECT toUInt64(18446744073709551615) AS a, toInt64(-9007199254740993) AS b, toDecimal128('1.10', 2) AS c, nan AS d, NULL AS e, [toUInt64(9007199254740993)] AS f",
    );
    expect(body['data']).toEqual([
      {
        a: '18446744073709551615',
        b: '-9007199254740993',
        c: expect.stringMatching(/^1\.10?$/),
        d: 'nan',
        e: null,
        f: ['9007199254740993'],
      },
    ]);
  });

  it.each([
    'INSERT INTO clicks VALUES (6)',
    'INSERT INTO clicks SELECT 6',
    'DROP TABLE clicks',
    'TRUNCATE TABLE clicks',
    'ALTER TABLE clicks DELETE WHERE 1',
    'DELETE FROM clicks WHERE 1',
    'CREATE TABLE t (a Int8) ENGINE = Memory',
    'CREATE TEMPORARY TABLE t (a Int8)',
    'RENAME TABLE clicks TO clacks',
    'ATTACH TABLE x',
    'OPTIMIZE TABLE clicks FINAL',
    'SYSTEM SHUTDOWN',
    'KILL QUERY WHERE 1',
    'GRANT ALL ON *.* TO penstock',
    'CREATE USER eve',
    'SET readonly = 0',
    'USE system',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    'SELECT "file" (\'/etc/passwd\')',
    "SELECT * APPLY file FROM (SELECT '/etc/passwd')",
    "SELECT * APPLY(`file`) FROM (SELECT '/etc/passwd')",
    "EXPLAIN QUERY TREE SELECT file('/etc/passwd')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:1/b/k', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM executable('id', 'LineAsString', 'x String')",
    "SELECT * FROM (SELECT * FROM clicks UNION ALL SELECT 1 FROM url('http://127.0.0.1:1/', 'CSV', 'a Int8'))",
    "SELECT 1 INTO OUTFILE '/tmp/penstock-was-here'",
    'SELECT 1 FORMAT Native',
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT (SELECT count() FROM clicks SETTINGS max_execution_time = 0)',
    'SELECT 1; DROP TABLE clicks',
    'SELECT 1;; SELECT 2',
    '/* SELECT */ DROP TABLE clicks',
    '-- SELECT 1\nDROP TABLE clicks',
    '# SELECT\nDROP TABLE clicks',
    'EXPLAIN SYNTAX DROP TABLE clicks; DROP TABLE clicks',
    '(DROP TABLE clicks)',
    'WITH 1 AS x INSERT INTO clicks SELECT x',
  ])('reads, and nothing else: %s', async (text) => {
    const { status, body } = await query(text);
    expect([status, body['code']]).toEqual([422, expect.stringMatching(/^query\.(refused|failed)$/)]);
    expect(await penstock.count('clicks')).toBe(5);
  });

  it.each([
    "SELECT ';' AS a, '-- not a comment' AS b -- a comment",
    'SELECT 1;',
    '/* first */ SELECT /* second */ 1',
    'WITH 1 AS x SELECT x',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'SHOW TABLES',
    'DESCRIBE TABLE clicks',
    'EXPLAIN SELECT 1',
    "SELECT 'INSERT INTO', `n` FROM clicks LIMIT 1",
    "SELECT 'file(' AS file, file || '(1)' AS b",
  ])('may be written as one likes: %s', async (text) => {
    const { status, body } = await query(text);
    expect([status, body['detail']]).toEqual([200, undefined]);
  });

  it('ends in time, stays within bounds, and says what is wrong with it', async () => {
    const codeOf = async (text: string): Promise<unknown[]> => {
      const { status, body } = await query(text, { pageSize: 10_000 });
      return [status, body['code']];
    };
    expect(await codeOf("SELECT repeat('x', 1000) FROM numbers(10000)")).toEqual([422, 'query.refused']);
    expect(await codeOf('SELECT nobody FROM clicks')).toEqual([422, 'query.failed']);
    expect(await codeOf('SELECT FROM WHERE')).toEqual([422, 'query.failed']);
    expect(await codeOf('SELECT sum(sleepEachRow(0.1)) FROM numbers(100) SETTINGS max_block_size = 1')).toEqual([
      expect.any(Number),
      expect.stringMatching(/^query\./),
    ]);
    expect(await codeOf('SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))')).toEqual([
      504,
      'query.timeout',
    ]);
  });

  it.each([
    { query: '' },
    { query: 1 },
    {},
    { query: 'SELECT 1', page: 0 },
    { query: 'SELECT 1', pageSize: 10_001 },
    { query: 'SELECT 1', page: 1.5 },
    { query: 'x'.repeat(100_001) },
    { query: 'SELECT 1', more: true },
  ])('is refused in the wrong shape: %j', async (body) => {
    const answer = await penstock.post('/api/query', body);
    expect([answer.status, answer.body['code']]).toEqual([400, 'request.invalid']);
  });
});
