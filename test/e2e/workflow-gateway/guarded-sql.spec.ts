import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Body, RunningPenstock, until } from '../../support/running-penstock.js';

const KEYS = { reader: ['read'], writer: ['write'], both: ['read', 'write'], loader: ['load'], boss: ['admin'] };
type Key = keyof typeof KEYS;

let folder: string;
let penstock: RunningPenstock;
let admin: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-guarded-'));
  const file = join(folder, 'keys.yaml');
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const lines = Object.entries(KEYS).map(
    ([name, scopes]) => `- {name: ${name}, sha256: ${sha256(name)}, scopes: [${scopes.join(', ')}]}`,
  );
  await writeFile(file, lines.join('\n'));
  penstock = await RunningPenstock.start({
    API_KEYS_FILE: file,
    GUARDED_SQL_PER_KEY: '4',
    GUARDED_SQL_POOL_SIZE: '6',
    GUARDED_SQL_TIMEOUT_MS: '20000',
    GUARDED_SQL_MAX_ROWS: '500',
  });
  const { postgres } = (await penstock.cliJson('engines')) as { postgres: { url: string } };
  admin = new Client({ connectionString: postgres.url });
  admin.on('error', () => undefined);
  await admin.connect();
  await admin.query(`
    CREATE TABLE table1 (id bigint PRIMARY KEY, name text NOT NULL, price numeric(12,2), at timestamptz);
    CREATE TABLE table2 (id integer REFERENCES table1);
    INSERT INTO table1 SELECT i, 'n' || i, i * 1.5, '2025-01-01T00:00:00Z' FROM generate_series(1, 50) i`);
});
afterAll(async () => {
  await admin.end().catch(() => undefined);
  await penstock.stop();
  await rm(folder, { recursive: true });
});

const post = (path: string, body: unknown, key: Key = 'both', headers: Record<string, string> = {}): Promise<Answer> =>
  penstock.post(path, body, { 'x-api-key': key, ...headers });
const query = (text: string, more: Body = {}, key: Key = 'both'): Promise<Answer> =>
  post('/execute/query', { query: text, ...more }, key);
const audit = async (filter: string): Promise<Body[]> =>
  (await penstock.call('GET', `/audit?${filter}`, undefined, { 'x-api-key': 'boss' })).body['entries'] as Body[];
const state = ({ status, body }: Answer): unknown[] => [status, body['code']];
const busy = async (): Promise<number> =>
  Number(
    (
      await admin.query<{ n: string }>(
        `SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'penstock guarded' AND state <> 'idle'`,
      )
    ).rows[0]?.n,
  );

describe('the requests of the document', () => {
  it('POST /get/schemas tells columns and keys, and lists what is unknown', async () => {
    const { status, body, headers } = await post('/get/schemas', { table_names: ['table1', 'table2', 'table3'] });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    expect(body).toMatchObject({
      status: 'success',
      schemas: {
        table1: { table_name: 'table1', schema_name: 'public', primary_key: ['id'] },
        table2: { foreign_keys: [{ columns: ['id'], references: { table_name: 'table1', columns: ['id'] } }] },
      },
      unknown_tables: ['table3'],
    });
  });

  it('POST /get/data answers rows as objects, ten unless told otherwise', async () => {
    const { status, body } = await post('/get/data', { table_names: ['table1', 'table2'] });
    const data = body['data'] as Record<string, Body[]>;
    expect([status, body['status'], data['table1']?.length, data['table2']]).toEqual([200, 'success', 10, []]);
    expect(data['table1']?.[0]).toEqual({
      id: expect.any(Number),
      name: expect.stringMatching(/^n\d+$/),
      price: expect.stringMatching(/^\d+\.\d\d$/),
      at: '2025-01-01T00:00:00+00:00',
    });
    const limited = await post('/get/data', { table_names: ['table1'], limit: 3, seed: 5 });
    expect((limited.body['data'] as Record<string, Body[]>)['table1']).toHaveLength(3);
    expect((await post('/get/data', { table_names: ['table1'], limit: 3, seed: 5 })).body).toEqual(limited.body);
  });

  it('POST /execute/query answers rows, and how many', async () => {
    const { status, body } = await query('SELECT * FROM table1 ORDER BY id LIMIT 2');
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'success',
      columns: [
        { name: 'id', type: 'bigint' },
        { name: 'name', type: 'text' },
        { name: 'price', type: 'numeric(12,2)' },
        { name: 'at', type: 'timestamp with time zone' },
      ],
      rows: [
        { id: 1, name: 'n1', price: '1.50', at: '2025-01-01T00:00:00+00:00' },
        { id: 2, name: 'n2', price: '3.00', at: '2025-01-01T00:00:00+00:00' },
      ],
      row_count: 2,
      truncated: false,
    });
  });
});

describe('schemas', () => {
  it('are answered 304 until one is changed', async () => {
    const first = await post('/get/schemas', { table_names: ['table1', 'table2'] });
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    const again = await post('/get/schemas', { table_names: ['table1', 'table2'] }, 'both', { 'if-none-match': etag });
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, {}, etag]);
    await admin.query('ALTER TABLE table2 ADD COLUMN note text');
    const changed = await post('/get/schemas', { table_names: ['table1', 'table2'] }, 'both', {
      'if-none-match': etag,
    });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
    expect(JSON.stringify(changed.body)).toContain('"note"');
  });

  it('of nothing but unknown tables are not found, those of the service among them', async () => {
    for (const path of ['/get/schemas', '/get/data']) {
      expect(
        state(await post(path, { table_names: ['nowhere', 'penstock.query_audit', 'pg_authid', 'a.b.c'] })),
      ).toEqual([404, 'table.unknown']);
    }
  });

  it.each([
    {},
    { table_names: [] },
    { table_names: 'table1' },
    { table_names: [''] },
    { table_names: [1] },
    { table_names: Array.from({ length: 101 }, (_, n) => `t${n}`) },
    { table_names: ['table1'], more: 1 },
  ])('are refused in the wrong shape: %j', async (body) => {
    expect(state(await post('/get/schemas', body))).toEqual([400, 'request.invalid']);
  });

  it.each([{ limit: 0 }, { limit: 1001 }, { seed: -1 }, { seed: 1.5 }])('and samples too: %j', async (body) => {
    expect(state(await post('/get/data', { table_names: ['table1'], ...body }))).toEqual([400, 'request.invalid']);
  });
});

describe('a statement', () => {
  it('takes parameters, and pages by cursor', async () => {
    const text = 'SELECT id FROM table1 WHERE id > $1 ORDER BY id';
    const seen: unknown[] = [];
    let cursor: unknown;
    let pages = 0;
    do {
      const { body } = await query(text, { params: [5], maxRows: 20, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...(body['rows'] as Body[]).map(({ id }) => id));
      cursor = body['next'];
      expect(body['truncated']).toBe(cursor !== undefined);
      pages += 1;
    } while (cursor !== undefined);
    expect([pages, seen]).toEqual([3, Array.from({ length: 45 }, (_, n) => n + 6)]);
    const first = (await query(text, { params: [5], maxRows: 1 })).body['next'];
    expect(state(await query(text, { params: [6], maxRows: 1, cursor: first }))).toEqual([400, 'cursor.invalid']);
  });

  it('stops at the most rows of the settings', async () => {
    const { body } = await query('SELECT generate_series(1, 10000) AS n', { maxRows: 100_000 });
    expect([body['row_count'], body['truncated']]).toEqual([500, true]);
  });

  it.each([
    ['DROP TABLE table1', 422, 'query.refused'],
    ['SELECT 1; SELECT 2', 422, 'query.refused'],
    ['SELECT pg_sleep(10)', 422, 'query.refused'],
    ['SELECT * FROM penstock.query_audit', 422, 'query.refused'],
    ['SELEC 1', 422, 'query.failed'],
    ['SELECT * FROM nowhere', 422, 'query.failed'],
    ['SELECT 1/0', 422, 'query.failed'],
  ])('that may not run says why: %s', async (text, status, code) => {
    expect(state(await query(text))).toEqual([status, code]);
  });

  it('ends in its own time', async () => {
    const text = 'SELECT count(*) FROM table1 a, table1 b, table1 c, table1 d, table1 e, table1 f';
    expect(state(await query(text, { timeoutMs: 300 }))).toEqual([504, 'query.timeout']);
  });

  it.each([
    { query: '' },
    { query: 1 },
    {},
    { query: 'SELECT 1', maxRows: 0 },
    { query: 'SELECT 1', mode: 'admin' },
    { query: 'SELECT 1', engine: 'mysql' },
    { query: 'SELECT 1', params: 'x' },
    { query: 'SELECT 1', more: 1 },
  ])('is refused in the wrong shape: %j', async (body) => {
    expect(state(await post('/execute/query', body))).toEqual([400, 'request.invalid']);
  });

  it('runs on ClickHouse as guarded', async () => {
    const { body } = await query('SELECT number AS n, {word:String} AS w FROM numbers(5)', {
      engine: 'clickhouse',
      params: { word: 'x' },
      maxRows: 2,
    });
    expect(body).toMatchObject({
      status: 'success',
      rows: [
        { n: '0', w: 'x' },
        { n: '1', w: 'x' },
      ],
      truncated: true,
      next: expect.any(String),
    });
    const byUrl = await penstock.post(
      '/execute/query?engine=clickhouse',
      { query: "SELECT * FROM url('http://127.0.0.1:1/', 'CSV')" },
      { 'x-api-key': 'both' },
    );
    expect(state(byUrl)).toEqual([422, 'query.refused']);
    expect(state(await query('INSERT INTO t SELECT 1', { engine: 'clickhouse', mode: 'write' }))).toEqual([
      422,
      'query.refused',
    ]);
  });
});

describe('writing', () => {
  it('needs its scope, and reading its own', async () => {
    const insert = { query: "INSERT INTO table1 VALUES (1000, 'x')", mode: 'write', dryRun: true };
    expect(state(await post('/execute/query', insert, 'reader'))).toEqual([403, 'scope.missing']);
    expect(state(await post('/execute/query', { query: 'SELECT 1' }, 'writer'))).toEqual([403, 'scope.missing']);
    expect(state(await post('/execute/query', { query: 'SELECT 1' }, 'loader'))).toEqual([403, 'scope.missing']);
    for (const key of ['writer', 'both', 'boss'] as const)
      expect((await post('/execute/query', insert, key)).status).toBe(200);
    for (const key of ['reader', 'boss'] as const)
      expect((await post('/execute/query', { query: 'SELECT 1' }, key)).status).toBe(200);
    for (const key of ['reader', 'both', 'writer'] as const) {
      expect(state(await penstock.call('GET', '/audit', undefined, { 'x-api-key': key }))).toEqual([
        403,
        'scope.missing',
      ]);
    }
  });

  it('changes rows, tells how many, and leaves nothing of a dry run', async () => {
    const dry = await query('DELETE FROM table1 WHERE id > 45', { mode: 'write', dryRun: true });
    expect(dry.body).toMatchObject({ status: 'success', affected_rows: 5, dry_run: true });
    const done = await query('UPDATE table1 SET name = $1 WHERE id <= 2 RETURNING id, name', {
      mode: 'write',
      params: ['new'],
    });
    expect(done.body).toMatchObject({
      affected_rows: 2,
      dry_run: false,
      rows: [
        { id: 1, name: 'new' },
        { id: 2, name: 'new' },
      ],
    });
    expect((await admin.query('SELECT count(*)::integer AS n FROM table1')).rows).toEqual([{ n: 50 }]);
    expect(state(await query('UPDATE table1 SET name = NULL', { mode: 'write' }))).toEqual([422, 'query.failed']);
    expect(state(await query('CREATE TABLE more (a integer)', { mode: 'write' }))).toEqual([422, 'query.refused']);
  });
});

describe('the audit', () => {
  it('has every attempt: who, what without values, and how it ended', async () => {
    const secret = 'hunter2';
    const text = `SELECT name FROM table1 WHERE name = '${secret}' AND id = $1 -- ${secret}`;
    const answer = await query(text, { params: [7] }, 'reader');
    const requestId = answer.headers.get('x-request-id');
    const [record] = await audit(`requestId=${requestId}`);
    expect(record).toEqual({
      id: expect.any(String),
      recordedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      requestId,
      caller: 'reader',
      engine: 'postgres',
      mode: 'read',
      dryRun: false,
      statement: 'SELECT name FROM table1 WHERE name = ? AND id = $1',
      sha256: createHash('sha256').update(text).digest('hex'),
      parameterTypes: ['number'],
      outcome: 'ok',
      rows: 0,
      durationMs: expect.any(Number),
    });
    expect(penstock.log).not.toContain(secret);
  });

  it.each([
    ['refused', 'query.refused', 'DROP TABLE table1', {}, 'both'],
    ['refused', 'scope.missing', 'DELETE FROM table1', { mode: 'write' }, 'reader'],
    ['failed', 'query.failed', 'SELECT 1/0', {}, 'both'],
    [
      'timed_out',
      'query.timeout',
      'SELECT count(*) FROM table1 a, table1 b, table1 c, table1 d, table1 e, table1 f',
      { timeoutMs: 200 },
      'both',
    ],
    ['refused', 'query.refused', "SELECT file('/etc/passwd')", { engine: 'clickhouse' }, 'both'],
    ['ok', undefined, 'DELETE FROM table1 WHERE id = -1', { mode: 'write' }, 'both'],
    ['ok', undefined, 'DELETE FROM table1 WHERE id = -2', { mode: 'write', dryRun: true }, 'both'],
  ] as const)('says %s (%s) of %s, once', async (outcome, code, text, more, key) => {
    const { headers } = await query(text, more, key);
    const records = await audit(`requestId=${headers.get('x-request-id')}`);
    expect(records).toHaveLength(1);
    expect([records[0]?.['outcome'], records[0]?.['code'], records[0]?.['caller']]).toEqual([outcome, code, key]);
  });

  it('pages by cursor, newest first', async () => {
    for (let n = 0; n < 5; n += 1) await query(`SELECT ${n}`);
    const get = (path: string): Promise<Answer> => penstock.call('GET', path, undefined, { 'x-api-key': 'boss' });
    const { body } = await get('/audit?caller=both&limit=3');
    const next = await get(`/audit?caller=both&limit=3&cursor=${String(body['next'])}`);
    const ids = [...(body['entries'] as Body[]), ...(next.body['entries'] as Body[])].map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(new Set(ids).size).toBe(6);
    expect(state(await get('/audit?cursor=nonsense'))).toEqual([400, 'cursor.invalid']);
    expect(state(await get('/audit?outcome=good'))).toEqual([400, 'request.invalid']);
  });

  it('is the condition of an answer', async () => {
    await admin.query('ALTER TABLE penstock.query_audit RENAME TO query_audit_away');
    const before = (await admin.query('SELECT * FROM table1 ORDER BY id')).rows;
    const answers = [
      await query('SELECT 1'),
      await query('DELETE FROM table1', { mode: 'write' }),
      await query('DROP TABLE table1'),
    ];
    await admin.query('ALTER TABLE penstock.query_audit_away RENAME TO query_audit');
    expect(answers.map(state)).toEqual([
      [503, 'audit.unwritten'],
      [503, 'audit.unwritten'],
      [503, 'audit.unwritten'],
    ]);
    expect((await admin.query('SELECT * FROM table1 ORDER BY id')).rows).toEqual(before);
  });
});

describe('callers', () => {
  it('who leave end what was running for them', async () => {
    const leaving = request(new URL('/execute/query', penstock.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'both', 'x-request-id': 'leaver' },
    });
    leaving.on('error', () => undefined);
    leaving.end(
      JSON.stringify({ query: 'SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 1000) b' }),
    );
    await until(busy, (n) => n > 0);
    leaving.destroy();
    await until(busy, (n) => n === 0);
    const [record] = await until(
      () => audit('requestId=leaver'),
      (records) => records.length > 0,
    );
    expect([record?.['outcome'], record?.['code']]).toEqual(['cancelled', 'query.cancelled']);
  });

  it('500 at once all get their answer, and no connection is left over', async () => {
    const keys = ['reader', 'both', 'boss'] as const;
    const answers = await Promise.all(
      Array.from({ length: 500 }, async (_, n) => {
        const { status, body } = await query(
          'SELECT $1::integer AS n, name FROM table1 WHERE id = 3',
          { params: [n] },
          keys[n % 3],
        );
        return [status, (body['rows'] as Body[] | undefined)?.[0]?.['n']];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 500 }, (_, n) => [200, n]));
    expect(await until(busy, (n) => n === 0)).toBe(0);
    const open = await admin.query<{ n: number }>(
      `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = 'penstock guarded'`,
    );
    expect(open.rows[0]?.n).toBeLessThanOrEqual(6);
    const metrics = await (await fetch(new URL('/metrics', penstock.url))).text();
    expect(metrics).toMatch(/penstock_guarded_statements_running\{engine="postgres"\} 0/);
    expect(metrics).toMatch(/penstock_guarded_statements_waiting\{engine="postgres"\} 0/);
    expect(
      Number(
        /penstock_guarded_statements_total\{engine="postgres",mode="read",outcome="ok"\} (\d+)/.exec(metrics)?.[1],
      ),
    ).toBeGreaterThanOrEqual(500);
  });
});

describe('penstock query', () => {
  it('runs on PostgreSQL within the guard, with parameters', async () => {
    const body = await penstock.cliJson(
      'query',
      'SELECT $1::integer + 1 AS n, $2::text AS t',
      '--engine',
      'postgres',
      '--param',
      '41',
      '--param',
      'x',
    );
    expect(body).toMatchObject({ status: 'success', rows: [{ n: 42, t: 'x' }], truncated: false });
    const { stdout } = await penstock.cli(
      'query',
      'SELECT id, name FROM table1 ORDER BY id',
      '-e',
      'postgres',
      '--max-rows',
      '2',
    );
    expect(stdout).toMatch(/^ID\s+NAME\n/);
    expect(stdout).toContain('--cursor ');
    expect((await audit('caller=command%20line')).length).toBeGreaterThanOrEqual(2);
  });

  it('writes when told so, and undoes a dry run', async () => {
    const insert = "INSERT INTO table1 VALUES (2000, 'cli')";
    expect((await penstock.cli('query', insert, '--mode', 'write', '--dry-run')).stdout).toBe(
      '1 rows changed, and undone again\n',
    );
    expect((await penstock.cli('query', insert, '--mode', 'write')).stdout).toBe('1 rows changed\n');
    expect((await admin.query('SELECT name FROM table1 WHERE id = 2000')).rows).toEqual([{ name: 'cli' }]);
  });

  it('says what is refused, and asks ClickHouse as it always has without an engine', async () => {
    const refused = await penstock.cli('query', 'DROP TABLE table1', '--engine', 'postgres');
    expect([refused.exitCode, refused.stdout]).toEqual([65, '']);
    expect(refused.stderr).toContain('refused');
    expect(await penstock.cliJson('query', 'SELECT 1 AS one')).toMatchObject({
      metadata: { row_count: 1 },
      data: [{ one: 1 }],
    });
    expect(
      await penstock.cliJson('query', 'SELECT {n:UInt8} AS n', '--engine', 'clickhouse', '--param', 'n=3'),
    ).toMatchObject({ rows: [{ n: 3 }] });
    expect((await penstock.cli('query', 'SELECT 1', '--engine', 'mysql')).exitCode).toBe(64);
  });
});

// Last: the engines stop with the service, and the foreign client loses its connection.
describe('a service with little room', () => {
  it('tells those who ask for too much at once when to come back', async () => {
    await penstock.kill('SIGTERM');
    await penstock.serve({ GUARDED_SQL_PER_KEY: '1', GUARDED_SQL_QUEUE: '1' });
    const slow = 'SELECT count(*) FROM generate_series(1, 3000000)';
    const answers = await Promise.all(Array.from({ length: 6 }, () => query(slow)));
    const turnedAway = answers.filter(({ status }) => status === 429);
    expect(turnedAway.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
    for (const answer of turnedAway) {
      expect([answer.body['code'], answer.headers.get('retry-after')]).toEqual(['query.busy', '1']);
    }
    const alone = await query('SELECT 1', {}, 'boss');
    expect(alone.status).toBe(200);
    const [record] = await audit(`requestId=${turnedAway[0]!.headers.get('x-request-id')}`);
    expect(record).toMatchObject({ outcome: 'refused', code: 'query.busy' });
  });
});
