import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WritingStatement } from '../../src/domain/ports/guarded-statements.port.js';
import {
  entry,
  type GuardedDatabase,
  guardedDatabase,
  NOWHERE,
  statement,
  withClient,
} from '../support/guarded-database.js';
import { freshName } from '../support/engine-of.js';
import { guardedStatementsContract } from './guarded-statements.contract.js';

const BUSY = `SELECT count(*)::integer AS n FROM pg_stat_activity
  WHERE application_name = 'penstock guarded' AND datname = current_database() AND state <> 'idle'`;

guardedStatementsContract('PostgreSQL (embedded)', async () => {
  const database = await guardedDatabase();
  const { admin } = database;
  await admin.query('CREATE TABLE kept (id integer PRIMARY KEY, name text)');
  await admin.query(`INSERT INTO kept VALUES (1, 'one')`);
  return {
    statements: database.statements(),
    unreachable: database.statements({ url: NOWHERE }),
    words: {
      numbers: (count) => `SELECT n FROM generate_series(0, ${count} - 1) AS n ORDER BY n`,
      withParameter: ['SELECT $1::integer AS n', [7]],
      endless: 'SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b',
      large: `SELECT repeat(repeat('x', 1000), 1000) AS x FROM generate_series(1, 10)`,
      literal: [`SELECT secret FROM kept WHERE name = 'hunter2'`, 'hunter2'],
      writes: [
        `INSERT INTO kept VALUES (2, 'two')`,
        'UPDATE kept SET name = NULL',
        'DELETE FROM kept',
        'TRUNCATE kept',
        'DROP TABLE kept',
        'WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone',
      ],
    },
    isBusy: async () => ((await admin.query<{ n: number }>(BUSY)).rows[0]?.n ?? 0) > 0,
    state: async () => (await admin.query('SELECT * FROM kept')).rows,
    close: () => database.close(),
  };
});

describe('PostgreSQL, guarded', () => {
  let at: GuardedDatabase;
  beforeAll(async () => {
    at = await guardedDatabase();
    await at.admin.query(`
      CREATE TABLE orders (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, city text NOT NULL, price numeric(12,2) NOT NULL CHECK (price >= 0));
      CREATE TABLE lines (order_id integer REFERENCES orders DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO orders (city, price) SELECT 'c' || i, i FROM generate_series(1, 10) i`);
  });
  afterAll(() => at.close());

  const counted = async (table: string): Promise<number> =>
    Number((await at.admin.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n);
  const write = (sql: string, change: Partial<WritingStatement> = {}): WritingStatement => ({
    ...statement(sql),
    isDryRun: false,
    entryOf: (rows) => entry({ mode: 'write', rows, requestId: change.sql ?? 'write' }),
    ...change,
  });

  describe('values', () => {
    it.each([
      ['true', 'true'],
      ['NULL::integer', 'null'],
      ['42', '42'],
      ['9007199254740991::bigint', '9007199254740991'],
      ['9007199254740993::bigint', '"9007199254740993"'],
      ['-9007199254740992::bigint', '"-9007199254740992"'],
      ['12345678901234567890.10::numeric', '"12345678901234567890.10"'],
      [`'NaN'::numeric`, '"NaN"'],
      ['1.5::float8', '1.5'],
      ['1e300::float8', '1e+300'],
      [`'NaN'::float8`, '"NaN"'],
      [`'-Infinity'::float4`, '"-Infinity"'],
      [`'\\x00ff'::bytea`, String.raw`"\\x00ff"`],
      [`'{"n": 12345678901234567890}'::json`, '{"n": 12345678901234567890}'],
      [`'[1, null]'::jsonb`, '[1, null]'],
      [`'2024-02-29'::date`, '"2024-02-29"'],
      [`'infinity'::date`, '"infinity"'],
      [`'2024-02-29 12:34:56.123456'::timestamp`, '"2024-02-29T12:34:56.123456"'],
      [`'0044-03-15 10:00:00 BC'::timestamp`, '"0044-03-15T10:00:00 BC"'],
      [`'-infinity'::timestamp`, '"-infinity"'],
      [`'2024-02-29 12:00:00+05:30'::timestamptz AT TIME ZONE 'UTC'`, '"2024-02-29T06:30:00"'],
      [`'2024-02-29 12:00:00+00'::timestamptz`, '"2024-02-29T12:00:00+00:00"'],
      [`interval '1 day 02:03:04'`, '"1 day 02:03:04"'],
      [`'[1,5)'::int4range`, '"[1,5)"'],
      [`'{[1,2),[5,6)}'::int4multirange`, '"{[1,2),[5,6)}"'],
      [`ARRAY[1, NULL, 3]`, '[1,null,3]'],
      [`ARRAY[[1, 2], [3, 4]]`, '[[1,2],[3,4]]'],
      [`'[0:1]={7,8}'::integer[]`, '[7,8]'],
      [`ARRAY['a"b', 'c\\d', 'NULL', '', NULL, '{x,y}']`, String.raw`["a\"b","c\\d","NULL","",null,"{x,y}"]`],
      [`ARRAY[9007199254740993]`, '["9007199254740993"]'],
      [`ARRAY[1.10, 2]`, '["1.10","2"]'],
      [`ARRAY[true, false]`, '[true,false]'],
      [`'{}'::text[]`, '[]'],
      [`ARRAY['(1,2),(0,0)'::box, '(3,4),(2,2)']`, '["(1,2),(0,0)","(3,4),(2,2)"]'],
      [`'a'::char(3)`, '"a  "'],
      [`E'line\\nbreak \\u00e9'`, String.raw`"line\nbreak é"`],
      [`'00000000-0000-0000-0000-000000000001'::uuid`, '"00000000-0000-0000-0000-000000000001"'],
      [`'192.168.0.1/24'::inet`, '"192.168.0.1/24"'],
      [`row(1, 'a')`, '"(1,a)"'],
    ])('%s is %s in JSON', async (value, text) => {
      const { rows } = await at.statements().read(statement(`SELECT ${value} AS v`));
      expect(rows).toEqual([`{"v":${text}}`]);
      expect(() => JSON.parse(rows[0] ?? '') as unknown).not.toThrow();
    });

    it('have the types a person would write, of domains and enums too', async () => {
      await at.admin.query(`
        CREATE TYPE mood AS ENUM ('glad'); CREATE DOMAIN money_amount AS numeric(10,2);
        CREATE TABLE typed (a mood, b money_amount, c mood[], d varchar(20), e money_amount[]);
        INSERT INTO typed VALUES ('glad', 1.5, '{glad,NULL}', 'x', '{1.5}')`);
      const { columns, rows } = await at.statements().read(statement('SELECT * FROM typed'));
      expect(columns.map(({ type }) => type)).toEqual([
        'mood',
        'numeric(10,2)',
        'mood[]',
        'character varying(20)',
        'money_amount[]',
      ]);
      expect(rows).toEqual(['{"a":"glad","b":"1.50","c":["glad",null],"d":"x","e":["1.50"]}']);
    });

    it('keep columns of one name apart', async () => {
      const { columns, rows } = await at
        .statements()
        .read(statement('SELECT 1 AS a, 2 AS a_2, 3 AS a, 4 AS "constructor"'));
      expect(columns.map(({ name }) => name)).toEqual(['a', 'a_2', 'a_3', 'constructor']);
      expect(rows).toEqual(['{"a":1,"a_2":2,"a_3":3,"constructor":4}']);
    });

    it('come in as parameters of every kind', async () => {
      const sql =
        'SELECT $1::integer[] AS a, $2::text AS b, $3::jsonb AS c, $4::boolean AS d, $5::text[] AS e, $6::numeric AS f';
      const parameters = [[1, null], "it's", { x: [1] }, true, ['a"b', 'c\\'], '1.10'];
      const { rows } = await at.statements().read(statement(sql, { parameters }));
      expect(JSON.parse(rows[0] ?? '')).toEqual({
        a: [1, null],
        b: "it's",
        c: { x: [1] },
        d: true,
        e: ['a"b', 'c\\'],
        f: '1.10',
      });
      await expect(at.statements().read(statement(sql, { parameters: { a: 1 } }))).rejects.toMatchObject({
        code: 'query.refused',
      });
      await expect(at.statements().read(statement('SELECT $1::text', { parameters: ['\0'] }))).rejects.toMatchObject({
        code: 'query.refused',
      });
    });
  });

  describe('a large result', () => {
    it('costs nothing beyond the rows that are wanted', async () => {
      await at.admin.query('CREATE VIEW billion AS SELECT generate_series(1, 1000000000) AS n');
      const { rows, isTruncated } = await at.statements().read(statement('SELECT n FROM billion', { maxRows: 2 }));
      expect([rows, isTruncated]).toEqual([['{"n":1}', '{"n":2}'], true]);
    });

    it('is cut where its bytes end, and the next statement has a good connection', async () => {
      const statements = at.statements();
      const sql = `SELECT repeat('x', 10000) AS x FROM generate_series(1, 100000)`;
      const { rows, isTruncated } = await statements.read(statement(sql, { maxRows: 100_000, maxBytes: 100_000 }));
      expect(isTruncated).toBe(true);
      expect(rows.length).toBe(9);
      expect((await statements.read(statement('SELECT 1 AS one'))).rows).toEqual(['{"one":1}']);
    });

    it('of one huge value is not held in memory', async () => {
      const statements = at.statements();
      const { rows, isTruncated } = await statements.read(statement(`SELECT repeat(repeat('x', 1000), 20000) AS x`));
      expect([rows, isTruncated]).toEqual([[], true]);
      expect((await statements.read(statement('SELECT 1 AS one'))).rows).toEqual(['{"one":1}']);
    });

    it('does not fill the disk', async () => {
      const sql =
        'SELECT count(*) FROM (SELECT DISTINCT i, repeat(md5(i::text), 10) FROM generate_series(1, 100000000) i) x';
      await expect(at.statements({ maxTempBytes: 5_000_000 }).read(statement(sql))).rejects.toMatchObject({
        code: 'query.refused',
        message: expect.stringContaining('53400'),
      });
    });
  });

  describe('limits', () => {
    it('refuse what the planner takes to be too costly, before it runs', async () => {
      const statements = at.statements({ maxCost: 1000 });
      await expect(
        statements.read(statement('SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f')),
      ).rejects.toMatchObject({ code: 'query.too-costly' });
      const { rows } = await statements.read(
        statement('SELECT count(*) AS n FROM orders WHERE id < $1', { parameters: [4] }),
      );
      expect(rows).toEqual(['{"n":3}']);
      expect((await statements.read(statement('EXPLAIN SELECT 1'))).rows).toHaveLength(1);
    });

    it('end the wait for a lock', async () => {
      await withClient(at.url, async (other) => {
        await other.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
        await expect(at.statements().read(statement('SELECT * FROM orders'))).rejects.toMatchObject({
          code: 'query.timeout',
        });
        await other.query('ROLLBACK');
      });
    });

    it('hold for as many parameters and words as the parser can bear', async () => {
      const deep = [
        `SELECT ${'('.repeat(40_000)}1${')'.repeat(40_000)}`,
        `SELECT ${'1+'.repeat(40_000)}1`,
        `SELECT ${'NOT '.repeat(20_000)}true`,
        `SELECT 1${'::int'.repeat(15_000)}`,
        `SELECT 1 ${'UNION ALL SELECT 1 '.repeat(5000)}`,
      ];
      const statements = at.statements();
      for (const sql of deep) {
        await expect(statements.read(statement(sql)), sql.slice(0, 30)).rejects.toMatchObject({
          code: expect.stringMatching(/^query\.(refused|failed)$/),
        });
      }
      const list = Array.from({ length: 9000 }, (_, n) => n).join(',');
      const { rows } = await statements.read(statement(`SELECT count(*) AS n FROM orders WHERE id IN (${list})`));
      expect(rows).toEqual(['{"n":10}']);
    });
  });

  describe('writing', () => {
    it('changes rows and records it, together', async () => {
      const { affectedRows, rows, columns } = await at
        .statements()
        .write(
          write(`INSERT INTO orders (city, price) VALUES ('Lyon', $1) RETURNING id, city`, { parameters: ['9.99'] }),
        );
      expect([affectedRows, columns.map(({ name }) => name)]).toEqual([1, ['id', 'city']]);
      expect(JSON.parse(rows[0] ?? '')).toMatchObject({ city: 'Lyon' });
      const kept = await at.admin.query(
        `SELECT mode, row_count, caller FROM penstock.query_audit ORDER BY id DESC LIMIT 1`,
      );
      expect(kept.rows).toEqual([{ mode: 'write', row_count: '1', caller: 'tester' }]);
      await at.admin.query(`DELETE FROM orders WHERE city = 'Lyon'`);
    });

    it('changes nothing when the record cannot be stored', async () => {
      const broken = write('DELETE FROM orders', { entryOf: () => entry({ sha256: 'no hash' }) });
      await expect(at.statements().write(broken)).rejects.toMatchObject({ code: 'audit.unwritten' });
      expect(await counted('orders')).toBe(10);
    });

    it('leaves nothing of a dry run, and no record', async () => {
      const before = await counted('penstock.query_audit');
      const done = await at.statements().write(write('DELETE FROM orders WHERE id <= 4', { isDryRun: true }));
      expect(done).toMatchObject({ affectedRows: 4, isDryRun: true });
      expect([await counted('orders'), await counted('penstock.query_audit')]).toEqual([10, before]);
    });

    it('leaves nothing of a statement that fails, at its end too', async () => {
      const before = await counted('penstock.query_audit');
      for (const sql of [
        `INSERT INTO orders (city, price) SELECT 'x', i FROM generate_series(5, -5, -1) i`,
        'INSERT INTO lines VALUES (99999)',
      ]) {
        await expect(at.statements().write(write(sql))).rejects.toMatchObject({ code: 'query.failed' });
      }
      expect([await counted('orders'), await counted('lines'), await counted('penstock.query_audit')]).toEqual([
        10,
        0,
        before,
      ]);
    });

    it('runs what was put off to the end with the rights of the role', async () => {
      await at.admin.query(`
        CREATE TABLE witnessed (who text); CREATE TABLE watched (id integer);
        CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO witnessed VALUES (current_user); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON watched DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION witness()`);
      await at.statements().write(write('INSERT INTO watched VALUES (1)'));
      expect((await at.admin.query('SELECT who FROM witnessed')).rows).toEqual([{ who: 'penstock_writer' }]);
    });

    it.each([
      [
        'MERGE',
        `MERGE INTO orders o USING (VALUES (1)) AS s(id) ON o.id = s.id WHEN MATCHED THEN UPDATE SET city = o.city`,
        1,
      ],
      [
        'a data-modifying WITH',
        `WITH u AS (UPDATE orders SET city = city WHERE id < 3 RETURNING id) SELECT count(*) AS n FROM u`,
        1,
      ],
      ['UPDATE', 'UPDATE orders SET city = city', 10],
      [
        'nextval',
        `INSERT INTO orders (city, price) OVERRIDING SYSTEM VALUE SELECT 'x', 1 WHERE nextval('orders_id_seq') < 0`,
        0,
      ],
    ])('allows %s', async (_, sql, affected) => {
      expect((await at.statements().write(write(sql))).affectedRows).toBe(affected);
    });

    it('keeps as many rows of RETURNING as asked for, and counts all', async () => {
      const done = await at.statements().write(write('UPDATE orders SET city = city RETURNING id', { maxRows: 3 }));
      expect([done.rows.length, done.isTruncated, done.affectedRows]).toEqual([3, true, 10]);
      const huge = write(`UPDATE orders SET city = city RETURNING repeat(repeat('x', 1000), 1000)`);
      await expect(at.statements().write(huge)).rejects.toMatchObject({ code: 'query.refused' });
    });

    it.each([
      'DROP TABLE orders',
      'CREATE TABLE more (a integer)',
      'TRUNCATE orders',
      'ALTER TABLE orders ADD COLUMN x integer',
      'GRANT ALL ON orders TO PUBLIC',
      'COPY orders FROM STDIN',
      'SELECT * INTO more FROM orders',
      'SET ROLE postgres',
      'COMMIT',
      'CALL nothing()',
      'DO $$ BEGIN END $$',
      'VACUUM orders',
      'EXPLAIN ANALYZE DELETE FROM orders',
      'CREATE RULE r AS ON INSERT TO orders DO INSTEAD NOTHING',
      'REFRESH MATERIALIZED VIEW m',
      'DELETE FROM penstock.query_audit',
      'INSERT INTO penstock.dead_letter DEFAULT VALUES',
      `DELETE FROM orders WHERE pg_sleep(1) IS NULL`,
      `UPDATE orders SET city = set_config('role', 'none', false)`,
    ])('refuses %s', async (sql) => {
      await expect(at.statements().write(write(sql))).rejects.toMatchObject({ code: 'query.refused' });
      expect(await counted('orders')).toBe(10);
    });

    it('is ended with the caller, and nothing of it stays', async () => {
      const gone = new AbortController();
      // Ten rows to the power of twelve: long, and without a file that could grow too large first.
      const crossed = Array.from({ length: 12 }, (_, index) => `orders AS o${index}`).join(', ');
      const sql = `UPDATE orders SET price = (SELECT count(*) FROM ${crossed})`;
      const running = at.statements().write(write(sql, { signal: gone.signal }));
      const outcome = running.then(
        () => 'answered',
        (error: { code?: string }) => error.code,
      );
      await sleep(300);
      gone.abort();
      expect(await outcome).toBe('query.cancelled');
      expect((await at.admin.query('SELECT sum(price)::integer AS s FROM orders')).rows).toEqual([{ s: 55 }]);
    });
  });

  describe('functions', () => {
    beforeAll(() =>
      at.admin.query(`
        CREATE FUNCTION steady(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
        CREATE FUNCTION restless(integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT $1 + 1';
        CREATE FUNCTION owned(integer) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT count(*) FROM penstock.query_audit';
        CREATE FUNCTION of_row(orders) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 1';
        CREATE FUNCTION lower(orders) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT 1::text';
        CREATE FUNCTION compare(orders, integer) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT true';
        CREATE OPERATOR === (LEFTARG = orders, RIGHTARG = integer, FUNCTION = compare);
        CREATE TYPE wrapped AS (v integer);
        CREATE FUNCTION wrap(orders) RETURNS wrapped LANGUAGE sql VOLATILE AS 'SELECT row(1)::wrapped';
        CREATE CAST (orders AS wrapped) WITH FUNCTION wrap(orders)`),
    );

    it.each([
      'SELECT steady(1)',
      'SELECT public.steady(id) FROM orders',
      'SELECT upper(city), now(), random(), gen_random_uuid() FROM orders',
      'SELECT * FROM orders TABLESAMPLE BERNOULLI (50)',
      `SELECT EXTRACT(year FROM date '2024-01-01'), date_trunc('month', now() AT TIME ZONE 'UTC')`,
      'SELECT row_number() OVER (ORDER BY id), string_agg(city, $1) OVER () FROM orders'.replace('$1', "','"),
      `SELECT * FROM json_to_recordset('[{"a":1}]') AS x(a integer)`,
      "SELECT jsonb_path_query('{\"a\":[1,2]}', '$.a[*]')",
      "SELECT pg_total_relation_size('orders')",
      'SELECT (orders).id, orders.city FROM orders',
    ])('may be called when they only compute: %s', async (sql) => {
      expect((await at.statements().read(statement(sql))).rows.length).toBeGreaterThanOrEqual(0);
    });

    it.each([
      ['a volatile one', 'SELECT restless(1)'],
      ['one by its qualified name', 'SELECT public.restless(1)'],
      ['one by its quoted name', 'SELECT "restless"(1)'],
      ['one with the rights of its owner', 'SELECT owned(1)'],
      ['one called as a column', 'SELECT orders.of_row FROM orders'],
      ['one called as a field', 'SELECT (o).of_row FROM orders o'],
      ['one of a name that PostgreSQL has as well', 'SELECT lower(orders) FROM orders'],
      ['one behind an operator', 'SELECT orders === 1 FROM orders'],
      ['one behind a cast', 'SELECT orders::wrapped FROM orders'],
      ['one in FROM', 'SELECT * FROM restless(1)'],
      ['one in ROWS FROM', 'SELECT * FROM ROWS FROM (steady(1), restless(1)) AS x'],
      ['one in LATERAL', 'SELECT * FROM orders, LATERAL restless(id)'],
    ])('are refused where they may do more: %s', async (_, sql) => {
      await expect(at.statements().read(statement(sql))).rejects.toMatchObject({ code: 'query.refused' });
      await expect(at.statements().read(statement(sql))).rejects.toMatchObject({ code: 'query.refused' });
    });

    it('are allowed when the administrator names them', async () => {
      const { rows } = await at.statements({ allowed: ['public.restless'] }).read(statement('SELECT restless(1) AS n'));
      expect(rows).toEqual(['{"n":2}']);
    });
  });

  describe('roles', () => {
    it('see what the service makes later, in schemas it makes later', async () => {
      await at.admin.query(
        'CREATE SCHEMA later; CREATE TABLE later.things (a integer); INSERT INTO later.things VALUES (1)',
      );
      expect((await at.statements().read(statement('SELECT a FROM later.things'))).rows).toEqual(['{"a":1}']);
      expect((await at.statements().write(write('UPDATE later.things SET a = 2'))).affectedRows).toBe(1);
    });

    it('do not see what was taken from them', async () => {
      await at.admin.query(
        'CREATE TABLE private (a integer); REVOKE ALL ON private FROM penstock_reader, penstock_writer',
      );
      await expect(at.statements().read(statement('SELECT * FROM private'))).rejects.toMatchObject({
        code: 'query.forbidden',
      });
      await expect(at.statements().write(write('DELETE FROM private'))).rejects.toMatchObject({
        code: 'query.forbidden',
      });
    });

    it('bow to row security', async () => {
      await at.admin.query(`CREATE TABLE secured (a integer); INSERT INTO secured VALUES (1), (2);
        ALTER TABLE secured ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON secured FOR SELECT USING (a = 1)`);
      expect((await at.statements().read(statement('SELECT a FROM secured'))).rows).toEqual(['{"a":1}']);
    });

    it('are missed with the way to make them, where the service may not', async () => {
      const user = freshName('plain');
      await at.admin.query(`CREATE ROLE ${user} LOGIN PASSWORD 'x'`);
      const url = new URL(at.url);
      url.username = user;
      url.password = 'x';
      const statements = at.statements({ url: url.toString() });
      await expect(statements.read(statement('SELECT 1'))).rejects.toMatchObject({
        code: 'guard.missing',
        message: expect.stringContaining('guarded-sql.md'),
      });
      await at.admin.query(`GRANT penstock_reader, penstock_writer TO ${user}`);
      expect((await statements.read(statement('SELECT current_user AS u'))).rows).toEqual(['{"u":"penstock_reader"}']);
      await at.pools().at(-1)?.close();
      await at.admin.query(`DROP ROLE ${user}`);
    });
  });

  it('gives connections back, and survives that they are cut', async () => {
    const statements = at.statements();
    const [pool] = at.pools();
    await statements.read(statement('SELECT 1'));
    await at.admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'penstock guarded' AND datname = current_database()`,
    );
    const ask = (): Promise<string> =>
      statements.read(statement('SELECT 1')).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      );
    await expect.poll(ask, { timeout: 20_000 }).toBe('ok');
    const running = statements.read(
      statement('SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 1000) b'),
    );
    const outcome = running.then(
      () => 'ok',
      (error: { code: string }) => error.code,
    );
    const kill = async (): Promise<number | null> =>
      (
        await at.admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'penstock guarded' AND datname = current_database() AND state = 'active'`)
      ).rowCount;
    await expect.poll(kill, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await outcome).toBe('database.unreachable');
    await expect.poll(ask, { timeout: 20_000 }).toBe('ok');
    expect(pool!.load.busy).toBe(0);
  });

  it('can be undone by its migrations, and done again', async () => {
    const client = new Client({ connectionString: at.url });
    await client.connect();
    const { QueryAudit1700000000026 } = await import('../../migrations/postgres/0026-query-audit.js');
    const runner = { query: (sql: string) => client.query(sql) } as never;
    await client.query('BEGIN');
    await new QueryAudit1700000000026().down(runner);
    expect((await client.query(`SELECT to_regclass('penstock.query_audit') AS t`)).rows).toEqual([{ t: null }]);
    await new QueryAudit1700000000026().up(runner);
    await client.query('COMMIT');
    await client.end();
  });
});
