import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Failures are what many of these tests are about; the client would print each. */
const QUIET = { level: ClickHouseLogLevel.OFF };

export interface ClickHouseAccess {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** What every client of ClickHouse relies on: our endpoint keeps it, and so does a server. */
export function clickHouseEndpointContract(engine: string, open: () => Promise<ClickHouseAccess>): void {
  describe(`The ClickHouse HTTP interface of ${engine}`, () => {
    let access: ClickHouseAccess;
    let client: ClickHouseClient;
    const database = `contract_${process.pid}_${Date.now()}`;

    beforeAll(async () => {
      access = await open();
      const { url, username, password } = access;
      const admin = createClient({ url, username, password });
      await admin.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
      await admin.close();
      client = createClient({ url, username, password, database, request_timeout: 60_000, log: QUIET });
    });
    afterAll(async () => {
      await client.command({ query: `DROP DATABASE IF EXISTS ${database}` });
      await client.close();
    });

    const rowsOf = async <T>(query: string, params: Record<string, unknown> = {}): Promise<T[]> => {
      const result = await client.query({ query, query_params: params, format: 'JSONEachRow' });
      return result.json<T>();
    };
    const countOf = async (table: string): Promise<number> =>
      Number((await rowsOf<{ n: string | number }>(`SELECT count() AS n FROM ${table}`))[0]?.n);
    const post = (body: string | Buffer, params: Record<string, string> = {}, headers: Record<string, string> = {}) => {
      const basic = Buffer.from(`${access.username}:${access.password}`).toString('base64');
      const query = new URLSearchParams({ database, ...params });
      return fetch(`${access.url}/?${query.toString()}`, {
        method: 'POST',
        body,
        headers: { Authorization: `Basic ${basic}`, ...headers },
      });
    };
    const failure = async (promise: Promise<unknown>): Promise<ClickHouseError> => {
      const error = await promise.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(ClickHouseError);
      return error as ClickHouseError;
    };
    const until = async (holds: () => Promise<boolean>): Promise<void> => {
      for (let tries = 0; tries < 300 && !(await holds()); tries += 1)
        await new Promise((next) => setTimeout(next, 50));
      expect(await holds()).toBe(true);
    };

    /** A query that ends only when it is cancelled; resolves once it runs. */
    const endless = async (options: { query_id?: string; session_id?: string }) => {
      const controller = new AbortController();
      const marker = `endless_${Math.random().toString(36).slice(2)}`;
      const query = `SELECT sum(cityHash64(number)) AS ${marker} FROM numbers(1000000000000)`;
      const done = client.query({ query, abort_signal: controller.signal, ...options }).catch(() => 'aborted');
      await until(async () => {
        const found = `query LIKE '%${marker}%' AND query NOT LIKE '%system.processes%'`;
        return (
          Number((await rowsOf<{ n: string }>(`SELECT count() AS n FROM system.processes WHERE ${found}`))[0]?.n) > 0
        );
      });
      return async () => {
        controller.abort();
        expect(await done).toBe('aborted');
      };
    };

    describe('letting clients in', () => {
      const codeFor = async (headers: Record<string, string>, params: Record<string, string> = {}) => {
        const url = `${access.url}/?${new URLSearchParams({ query: 'SELECT 1', ...params }).toString()}`;
        const response = await fetch(url, { headers });
        return [response.status, response.headers.get('x-clickhouse-exception-code')];
      };
      const refused = [403, '516'];
      const basic = (user: string, password: string) => ({
        Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      });

      it('takes the user and password by Basic authentication, by headers and by parameters', async () => {
        const { username, password } = access;
        expect(await codeFor(basic(username, password))).toEqual([200, null]);
        expect(await codeFor({ 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password })).toEqual([200, null]);
        expect(await codeFor({}, { user: username, password })).toEqual([200, null]);
      });

      it('refuses a wrong password, a wrong user and an unknown scheme', async () => {
        const { username, password } = access;
        expect(await codeFor(basic(username, `${password}x`))).toEqual(refused);
        expect(await codeFor(basic('nobody', password))).toEqual(refused);
        expect(await codeFor({ 'X-ClickHouse-User': username, 'X-ClickHouse-Key': 'x' })).toEqual(refused);
        expect(await codeFor({}, { user: username, password: '' })).toEqual(refused);
        expect(await codeFor({ Authorization: 'Bearer abc' })).toEqual(refused);
      });

      it('refuses two ways of authentication at once', async () => {
        const { username, password } = access;
        expect(await codeFor(basic(username, password), { user: username, password })).toEqual(refused);
      });

      it('tells the client the code and the type of the refusal', async () => {
        const stranger = createClient({ url: access.url, username: 'nobody', password: 'x', log: QUIET });
        const error = await failure(stranger.query({ query: 'SELECT 1' }));
        expect(error).toMatchObject({ code: '516', type: 'AUTHENTICATION_FAILED' });
        await stranger.close();
      });

      it('answers health checks to anybody', async () => {
        expect(await (await fetch(`${access.url}/ping`)).text()).toBe('Ok.\n');
        expect(await (await fetch(`${access.url}/replicas_status`)).text()).toBe('Ok.\n');
        expect(await client.ping()).toEqual({ success: true });
        expect(await client.ping({ select: true })).toEqual({ success: true });
      });
    });

    describe('answering queries', () => {
      it('binds parameters of every kind as values', async () => {
        const query = `SELECT {s:String} AS s, {n:UInt64} AS n, {a:Array(String)} AS a, {m:Nullable(Int8)} AS m,
          {t:DateTime64(3)} AS t, {d:Decimal(9, 2)} AS d`;
        const params = {
          s: `it's \\ a\ttab 'q' é`,
          n: 7,
          a: ["x'", 'y\\'],
          m: null,
          t: '2026-01-02 03:04:05.678',
          d: '1.50',
        };
        const [row] = await rowsOf<Record<string, unknown>>(query, params);
        expect(row).toMatchObject({ s: params.s, a: params.a, m: null, t: params.t, d: 1.5 });
        expect(await rowsOf(`SELECT {i:Identifier} AS v FROM (SELECT 5 AS \`a b\`)`, { i: 'a b' })).toEqual([{ v: 5 }]);
      });

      it('takes parameters that are too long for a URL from a form', async () => {
        const many = Array.from({ length: 20_000 }, (_, at) => `value-${at}`);
        const result = await client.query({
          query: 'SELECT length({a:Array(String)}) AS n, {a:Array(String)}[20000] AS last',
          query_params: { a: many },
          format: 'JSONEachRow',
          use_multipart_params: true,
        });
        expect(await result.json()).toMatchObject([{ last: 'value-19999' }]);
      });

      it('takes long parameters in the URL as well', async () => {
        const long = 'é'.repeat(50_000);
        expect(await rowsOf('SELECT toUInt32(lengthUTF8({long:String})) AS n', { long })).toEqual([{ n: 50_000 }]);
      });

      it('answers in the format of the clause, of the parameter, or as tab-separated values', async () => {
        const clause = await post('SELECT 1 AS a FORMAT JSONEachRow');
        expect(clause.headers.get('x-clickhouse-format')).toBe('JSONEachRow');
        expect(await clause.text()).toBe('{"a":1}\n');
        const parameter = await post('SELECT 1 AS a, 2 AS b', { default_format: 'CSV' });
        expect(parameter.headers.get('content-type')).toContain('text/csv');
        expect(await parameter.text()).toBe('1,2\n');
        expect(await (await post('SELECT 1 AS a, 2 AS b;')).text()).toBe('1\t2\n');
      });

      it('gives long results one head and one foot', async () => {
        const result = await client.query({ query: 'SELECT number FROM numbers(300000)', format: 'JSON' });
        const { rows, data } = await result.json<{ number: string }>();
        expect([rows, data.length]).toEqual([300_000, 300_000]);
        const csv = await (await post('SELECT number FROM numbers(300000) FORMAT CSVWithNames')).text();
        expect(csv.split('"number"')).toHaveLength(2);
      });

      it('keeps a query in the URL and its end in the body together', async () => {
        expect(await (await post('+ 2 AS three', { query: 'SELECT 1' })).text()).toBe('3\n');
      });

      it('runs every kind of statement through command and exec', async () => {
        await client.command({
          query: "CREATE TABLE kinds (a UInt8, b String DEFAULT 'x') ENGINE = MergeTree ORDER BY a",
        });
        await client.command({ query: 'ALTER TABLE kinds ADD COLUMN c Nullable(Int8)' });
        await client.command({ query: 'INSERT INTO kinds (a) VALUES (1), (2); -- two' });
        await client.command({ query: 'OPTIMIZE TABLE kinds FINAL' });
        const text = async (query: string) => (await (await client.exec({ query })).stream.toArray()).join('');
        expect(await text("SHOW TABLES LIKE 'kinds'")).toBe('kinds\n');
        expect(await text('EXISTS TABLE kinds')).toBe('1\n');
        expect(await text('DESCRIBE TABLE kinds FORMAT JSONEachRow')).toContain('"name":"c"');
        expect(await text('EXPLAIN SELECT 1')).not.toBe('');
        expect(await text('SHOW CREATE TABLE kinds')).toContain('MergeTree');
        expect(await text('WITH 2 AS two SELECT two AS format FORMAT CSV')).toBe('2\n');
        await client.command({ query: 'TRUNCATE TABLE kinds' });
        await client.command({ query: 'DROP TABLE kinds' });
        expect(await text('EXISTS TABLE kinds')).toBe('0\n');
      });

      it('answers with the query id it was given, and with a new one otherwise', async () => {
        const { query_id: own } = await client.query({ query: 'SELECT 1', query_id: 'my-own-id' });
        expect(own).toBe('my-own-id');
        expect((await post('SELECT 1', { query_id: 'my-url-id' })).headers.get('x-clickhouse-query-id')).toBe(
          'my-url-id',
        );
        expect((await post('SELECT 1')).headers.get('x-clickhouse-query-id')).toMatch(/^[0-9a-f-]{36}$/);
      });

      it('compresses when the client asks for it, and understands compressed statements', async () => {
        const compressing = createClient({
          url: access.url,
          username: access.username,
          password: access.password,
          database,
          compression: { request: true, response: true },
        });
        const result = await compressing.query({ query: 'SELECT number FROM numbers(50000)', format: 'JSONEachRow' });
        expect(await result.json()).toHaveLength(50_000);
        await compressing.close();
        const plain = await post(
          gzipSync('SELECT 1 + 1'),
          {},
          { 'Content-Encoding': 'gzip', 'Accept-Encoding': 'identity' },
        );
        expect(plain.headers.get('content-encoding')).toBeNull();
        expect(await plain.text()).toBe('2\n');
      });

      it('waits for the end of the query when asked, so that a late failure has its own status', async () => {
        const query = 'SELECT throwIf(number = 1500000) FROM numbers(2000000) FORMAT RowBinary';
        const response = await post(query, { wait_end_of_query: '1', max_block_size: '10000' });
        expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([500, '395']);
        const whole = await post('SELECT number FROM numbers(300000)', { wait_end_of_query: '1' });
        expect((await whole.text()).length).toBeGreaterThan(1_500_000);
        expect(JSON.parse(whole.headers.get('x-clickhouse-summary') ?? '{}')).toMatchObject({ read_rows: '300000' });
      });

      it('holds the engine back while the client does not read', async () => {
        const query = "SELECT number, repeat('x', 200) FROM numbers(100000000) FORMAT RowBinary";
        const response = await post(query, { query_id: `${database}-slow-reader` }, { 'Accept-Encoding': 'identity' });
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        await reader.read();
        const progress = async () =>
          Number(
            (
              await rowsOf<{ n: string }>(
                `SELECT sum(read_rows) AS n FROM system.processes WHERE query LIKE '%repeat(_x_, 200)%' AND query NOT LIKE '%system.processes%'`,
              )
            )[0]?.n,
          );
        let before = -1;
        await until(async () => {
          const now = await progress();
          const stands = now === before;
          before = now;
          return stands;
        });
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(50_000_000);
        await reader.cancel();
        await until(async () => (await progress()) === 0);
      });
    });

    describe('keeping requests apart', () => {
      it('forgets settings, parameters and the database with the request', async () => {
        const read = async (settings: Record<string, string | number>) => {
          const result = await client.query({
            query: "SELECT getSetting('max_result_rows') AS rows, getSetting('readonly') AS readonly",
            clickhouse_settings: settings,
            format: 'JSONEachRow',
          });
          return (await result.json<{ rows: unknown; readonly: unknown }>()).map(({ rows, readonly }) => [
            Number(rows),
            Number(readonly),
          ]);
        };
        expect(await read({ max_result_rows: '5', readonly: '1' })).toEqual([[5, 1]]);
        expect(await read({})).toEqual([[0, 0]]);
        const other = await post('SELECT currentDatabase()', { database: 'system' });
        expect(await other.text()).toBe('system\n');
        expect(await (await post('SELECT currentDatabase()')).text()).toBe(`${database}\n`);
        expect(await failure(client.query({ query: 'SELECT {leak:String}' }))).toMatchObject({ code: '456' });
      });

      it('answers a hundred parametrised queries at once, each with its own values', async () => {
        const asked = Array.from({ length: 100 }, (_, at) => at);
        const answered = await Promise.all(
          asked.map(async (n) => {
            const result = await client.query({
              query: "SELECT {n:UInt32} AS n, {s:String} AS s, getSetting('max_execution_time') AS m",
              query_params: { n, s: `s-${n}` },
              clickhouse_settings: { max_execution_time: 100 + n },
              format: 'JSONEachRow',
            });
            return result.json<{ n: number; s: string; m: number | string }>();
          }),
        );
        expect(answered.map(([row]) => [row?.n, row?.s, Number(row?.m)])).toEqual(
          asked.map((n) => [n, `s-${n}`, 100 + n]),
        );
      });

      it('answers a quick query while a slow one is running', async () => {
        const controller = new AbortController();
        const slow = client
          .query({
            query: 'SELECT (SELECT sum(cityHash64(number)) FROM numbers(100000000000)) AS s',
            abort_signal: controller.signal,
            format: 'JSONEachRow',
          })
          .then(
            () => 'finished',
            () => 'aborted',
          );
        expect(await rowsOf('SELECT 1 AS one')).toEqual([{ one: 1 }]);
        controller.abort();
        expect(await slow).toBe('aborted');
      });

      it('stops computing when the client goes away', async () => {
        const controller = new AbortController();
        const marker = `abandoned_${Date.now()}`;
        const running = async () =>
          (
            await rowsOf<{ n: string }>(
              `SELECT count() AS n FROM system.processes WHERE query LIKE '%${marker}%' AND query NOT LIKE '%system.processes%'`,
            )
          ).some(({ n }) => Number(n) > 0);
        const query = `SELECT sum(cityHash64(number)) AS ${marker} FROM numbers(1000000000000)`;
        const aborted = client.query({ query, abort_signal: controller.signal }).catch(() => 'aborted');
        await until(running);
        controller.abort();
        expect(await aborted).toBe('aborted');
        await until(async () => !(await running()));
      });

      it('cancels a query by the id its client gave it', async () => {
        const id = `victim-${database}`;
        const query = 'SELECT sum(cityHash64(number)) FROM numbers(1000000000000)';
        const victim = failure(client.query({ query, query_id: id, format: 'JSONEachRow' }));
        await until(async () => {
          await client.command({ query: `KILL QUERY WHERE query_id = '${id}' ASYNC` });
          return Promise.race([
            victim.then(() => true),
            new Promise<boolean>((next) => setTimeout(() => next(false), 50)),
          ]);
        });
        expect(await victim).toMatchObject({ code: '394', type: 'QUERY_WAS_CANCELLED' });
      });

      it('refuses a second query with the id of a running one', async () => {
        const id = `twin-${database}`;
        const end = await endless({ query_id: id });
        expect((await post('SELECT 1', { query_id: id })).headers.get('x-clickhouse-exception-code')).toBe('216');
        await end();
      });
    });

    describe('named sessions', () => {
      it('keeps temporary tables and settings for the requests of one session only', async () => {
        const session_id = `${database}-a`;
        await client.command({ query: 'CREATE TEMPORARY TABLE tmp (a UInt8)', session_id });
        await client.insert({ table: 'tmp', values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow', session_id });
        await client.command({ query: 'SET max_threads = 3', session_id });
        const own = await client.query({
          query: "SELECT sum(a) AS s, getSetting('max_threads') AS t FROM tmp",
          format: 'JSONEachRow',
          session_id,
        });
        expect((await own.json<{ s: unknown; t: unknown }>()).map(({ s, t }) => [Number(s), Number(t)])).toEqual([
          [3, 3],
        ]);
        expect(await failure(client.query({ query: 'SELECT * FROM tmp' }))).toMatchObject({ code: '60' });
      });

      it('does not keep the settings of a request, not even read-only ones', async () => {
        const session_id = `${database}-b`;
        await client.command({ query: 'SET max_threads = 3', session_id });
        const settings = { readonly: '1', max_threads: 1, max_result_rows: '7' };
        const query = "SELECT getSetting('max_threads') AS t, getSetting('max_result_rows') AS r";
        const read = async (clickhouse_settings: Record<string, string | number>) => {
          const result = await client.query({ query, session_id, clickhouse_settings, format: 'JSONEachRow' });
          return (await result.json<{ t: unknown; r: unknown }>()).map(({ t, r }) => [Number(t), Number(r)]);
        };
        expect(await read(settings)).toEqual([[1, 7]]);
        expect(await read({})).toEqual([[3, 0]]);
        const refused = failure(
          client.command({
            query: 'CREATE TEMPORARY TABLE x (a Int8)',
            session_id,
            clickhouse_settings: { readonly: '1' },
          }),
        );
        expect(await refused).toMatchObject({ code: '164', type: 'READONLY' });
        await client.command({ query: 'CREATE TEMPORARY TABLE x (a Int8)', session_id });
      });

      it('stays as it was when a request of it is refused', async () => {
        const session_id = `${database}-e`;
        await client.command({ query: 'SET max_threads = 3', session_id });
        const refused = await post('SELECT 1', {
          session_id,
          database: 'system',
          max_threads: '2',
          no_such_setting: '1',
        });
        expect(refused.headers.get('x-clickhouse-exception-code')).toBe('115');
        const after = await client.exec({ query: "SELECT getSetting('max_threads'), currentDatabase()", session_id });
        expect((await after.stream.toArray()).join('')).toBe(`3\t${database}\n`);
      });

      it('serves one request of a session at a time', async () => {
        const session_id = `${database}-c`;
        const code = async () => (await post('SELECT 1', { session_id })).headers.get('x-clickhouse-exception-code');
        const end = await endless({ session_id });
        expect(await code()).toBe('373');
        await end();
        await until(async () => (await code()) === null);
      });

      it('checks that a session exists when asked, and refuses an impossible timeout', async () => {
        const code = async (params: Record<string, string>) =>
          (await post('SELECT 1', params)).headers.get('x-clickhouse-exception-code');
        expect(await code({ session_id: `${database}-none`, session_check: '1' })).toBe('372');
        expect(await code({ session_id: `${database}-d`, session_timeout: 'soon' })).toBe('374');
        expect(await code({ session_id: `${database}-d`, session_timeout: '1' })).toBeNull();
        expect(await code({ session_id: `${database}-d`, session_check: '1' })).toBeNull();
      });
    });

    describe('failing as a server does', () => {
      const status = async (query: string, params: Record<string, string> = {}) => {
        const response = await post(query, params);
        await response.text();
        return [response.status, response.headers.get('x-clickhouse-exception-code')];
      };

      it('gives each failure the status and the code of a server', async () => {
        expect(await status('SELECT * FROM nowhere')).toEqual([404, '60']);
        expect(await status('SELECT 1', { database: 'nowhere' })).toEqual([404, '81']);
        expect(await status('SELECT nothing')).toEqual([404, '47']);
        expect(await status('SELEC 1')).toEqual([400, '62']);
        expect(await status('')).toEqual([400, '62']);
        expect(await status('SELECT 1; SELECT 2')).toEqual([400, '62']);
        expect(await status("SELECT toInt32('x')")).toEqual([400, '6']);
        expect(await status('SELECT 1', { no_such_setting: '1' })).toEqual([404, '115']);
        expect(
          await status('SELECT sleepEachRow(1) FROM numbers(30) SETTINGS max_block_size = 1', {
            max_execution_time: '1',
          }),
        ).toEqual([408, '159']);
        expect(await status('CREATE TABLE ro (a Int8) ENGINE = Memory', { readonly: '1' })).toEqual([500, '164']);
      });

      it('words failures so that the client knows their code and type', async () => {
        expect(await failure(client.query({ query: 'SELECT * FROM nowhere' }))).toMatchObject({
          code: '60',
          type: 'UNKNOWN_TABLE',
        });
        const insert = client.insert({ table: 'nowhere', values: [{ a: 1 }], format: 'JSONEachRow' });
        expect(await failure(insert)).toMatchObject({ code: '60' });
      });

      it('marks a failure behind rows that were sent already, and breaks the response off', async () => {
        const result = await client.query({
          query: 'SELECT number, throwIf(number = 4000000) AS t FROM numbers(5000000)',
          clickhouse_settings: { max_block_size: '10000' },
          format: 'JSONEachRow',
        });
        let rows = 0;
        const reading = (async () => {
          for await (const batch of result.stream()) rows += batch.length;
        })();
        expect(await failure(reading)).toMatchObject({ code: '395', type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' });
        expect(rows).toBeGreaterThan(0);
        const whole = await client.query({
          query: 'SELECT number, throwIf(number = 4000000) AS t FROM numbers(5000000)',
          format: 'JSON',
        });
        await expect(whole.json()).rejects.toThrow(/aborted|JSON|terminated/);
      });

      it('lets a GET read but not write', async () => {
        const auth = { 'X-ClickHouse-User': access.username, 'X-ClickHouse-Key': access.password };
        const get = (query: string) =>
          fetch(`${access.url}/?${new URLSearchParams({ query, database }).toString()}`, { headers: auth });
        expect(await (await get('SELECT 1')).text()).toBe('1\n');
        const refused = await get('CREATE TABLE got (a Int8) ENGINE = Memory');
        expect(refused.headers.get('x-clickhouse-exception-code')).toBe('164');
      });

      it('limits a read-only query and keeps it from files, the network and its own limits', async () => {
        const limited = (query: string) =>
          failure(
            client
              .query({ query, format: 'JSONEachRow', clickhouse_settings: { readonly: '1', max_result_rows: '5' } })
              .then((result) => result.json()),
          );
        expect(await limited('SELECT number FROM numbers(10)')).toMatchObject({ code: '396' });
        expect(await limited('SELECT 1 SETTINGS max_result_rows = 100')).toMatchObject({ code: '164' });
        expect(['164', '497']).toContain(
          (await limited("SELECT * FROM url('http://127.0.0.1:9/', CSV, 'a String')")).code,
        );
        const page = await client.query({
          query: 'SELECT number FROM numbers(10)',
          clickhouse_settings: { readonly: '1', limit: '2', offset: '3' },
          format: 'JSONCompactEachRow',
        });
        expect((await page.json<[string | number]>()).map(([n]) => Number(n))).toEqual([3, 4]);
      });

      it('reads and writes no files of the machine for its clients', async () => {
        const refused = async (query: string) => (await post(query)).headers.get('x-clickhouse-exception-code');
        expect(await refused("SELECT * FROM file('/etc/hostname', LineAsString)")).toMatch(/^(291|497)$/);
        expect(await refused("SELECT 1 INTO OUTFILE '/tmp/clickhouse-contract'")).toBe('358');
        await client.command({ query: 'CREATE TABLE files (a String) ENGINE = Memory' });
        expect(await refused("INSERT INTO files FROM INFILE '/etc/hostname' FORMAT LineAsString")).not.toBeNull();
        expect(await countOf('files')).toBe(0);
      });
    });

    describe('taking rows', () => {
      const table = async (name: string, columns: string, tail = 'ENGINE = MergeTree ORDER BY tuple()') => {
        await client.command({ query: `CREATE TABLE ${name} (${columns}) ${tail}` });
        return name;
      };

      it('inserts objects, streams of objects and nothing, and counts what it wrote', async () => {
        const name = await table('objects', 'a UInt32, s String');
        const values = Array.from({ length: 1_000 }, (_, a) => ({ a, s: `é${a}` }));
        const { summary } = await client.insert({ table: name, values, format: 'JSONEachRow' });
        expect(summary).toMatchObject({ written_rows: '1000' });
        await client.insert({ table: name, values: Readable.from(values), format: 'JSONEachRow' });
        await client.insert({ table: name, values: [], format: 'JSONEachRow' });
        await client.insert({ table: name, values: Readable.from([]), format: 'JSONEachRow' });
        expect(await countOf(name)).toBe(2_000);
        const copied = await client.command({ query: `INSERT INTO ${name} SELECT * FROM ${name}` });
        expect(copied.summary).toMatchObject({ written_rows: '2000' });
      });

      it('takes rows inline, behind VALUES, FORMAT and settings, in the URL or in the body', async () => {
        const name = await table('inline', 'a UInt32, s String');
        const ok = async (body: string, params: Record<string, string> = {}) =>
          expect((await post(body, params)).status).toBe(200);
        await ok(`INSERT INTO ${name} VALUES (1, 'a;b'), (2, upper('x'))`);
        await ok(`INSERT INTO ${name} (s, a) VALUES ({s:String}, {a:UInt32})`, { param_s: "it's", param_a: '3' });
        await ok(`INSERT INTO ${name} FORMAT JSONEachRow {"a":4,"s":"SETTINGS x=1"}\n{"a":5,"s":"FORMAT CSV"}`);
        await ok(`INSERT INTO ${name} SETTINGS max_threads = 1 FORMAT CSV\n6,"multi\nline"\n`);
        await ok('7\tseven\n', { query: `INSERT INTO ${name} FORMAT TabSeparated` });
        await ok("(8, 'eight')", { query: `INSERT INTO ${name} VALUES` });
        await ok("VALUES (9, 'nine')", { query: `INSERT INTO ${name}` });
        await ok(`/* FORMAT CSV */ INSERT INTO ${name} -- VALUES\n SELECT 10, 'ten'`);
        const rows = await rowsOf<{ s: string }>(`SELECT s FROM ${name} ORDER BY a`);
        expect(rows.map(({ s }) => s)).toEqual([
          'a;b',
          'X',
          "it's",
          'SETTINGS x=1',
          'FORMAT CSV',
          'multi\nline',
          'seven',
          'eight',
          'nine',
          'ten',
        ]);
      });

      it('lets a SELECT transform the rows of the request', async () => {
        const name = await table('transformed', 'a UInt32, s String');
        const query = `INSERT INTO ${name} SELECT x * 2, upper(y) FROM input('x UInt32, y String') FORMAT CSV`;
        expect((await post('1,a\n2,b\n', { query })).status).toBe(200);
        expect(await rowsOf(`SELECT a, s FROM ${name} ORDER BY a`)).toEqual([
          { a: 2, s: 'A' },
          { a: 4, s: 'B' },
        ]);
      });

      it('stores what was sent byte for byte, however it was cut on the way', async () => {
        const name = await table('bytes', 's String');
        const text = `"naïve 日本語 🙂 ${'ü'.repeat(500)}"\n`;
        const split = Readable.from(
          Array.from(Buffer.from(text), (byte) => Buffer.from([byte])),
          { objectMode: false },
        );
        await client.insert({ table: name, values: split, format: 'CSV' });
        expect(await rowsOf(`SELECT s FROM ${name}`)).toEqual([{ s: text.slice(1, -2) }]);
        await client.command({ query: `TRUNCATE TABLE ${name}` });
        const binary = Buffer.from([2, 0xff, 0x00]); // a RowBinary string of two bytes that are no UTF-8
        expect((await post(binary, { query: `INSERT INTO ${name} FORMAT RowBinary` })).status).toBe(200);
        expect(await rowsOf(`SELECT hex(s) AS h FROM ${name}`)).toEqual([{ h: 'FF00' }]);
      });

      it('takes and gives Parquet', async () => {
        const name = await table('parquet', 'a UInt64, s String, l Array(Nullable(Float64))');
        const made = await post(
          'SELECT number AS a, toString(number) AS s, [number / 2, NULL] AS l FROM numbers(70000) FORMAT Parquet',
        );
        const file = Buffer.from(await made.arrayBuffer());
        expect(file.subarray(0, 4).toString()).toBe('PAR1');
        await client.insert({ table: name, values: Readable.from([file], { objectMode: false }), format: 'Parquet' });
        expect(await rowsOf(`SELECT toUInt32(count()) AS n, toUInt32(sum(a) = 2449965000) AS ok FROM ${name}`)).toEqual(
          [{ n: 70_000, ok: 1 }],
        );
      });

      it('takes compressed rows', async () => {
        const name = await table('zipped', 'a UInt32');
        const lines = Array.from({ length: 5_000 }, (_, a) => JSON.stringify({ a })).join('\n');
        const query = `INSERT INTO ${name} FORMAT JSONEachRow`;
        expect((await post(gzipSync(lines), { query }, { 'Content-Encoding': 'gzip' })).status).toBe(200);
        expect((await post(gzipSync(`${query}\n${lines}`), {}, { 'Content-Encoding': 'gzip' })).status).toBe(200);
        expect(await countOf(name)).toBe(10_000);
        const broken = gzipSync(lines).subarray(0, 200);
        expect((await post(broken, { query }, { 'Content-Encoding': 'gzip' })).status).toBeGreaterThanOrEqual(400);
        expect(await countOf(name)).toBe(10_000);
      });

      it('inserts all rows of a request or none', async () => {
        const name = await table('atomic', 'a UInt32');
        const values = [...Array.from({ length: 5_000 }, (_, a) => ({ a })), { a: 'not a number' }];
        const error = await failure(client.insert({ table: name, values, format: 'JSONEachRow' }));
        expect(error.message).not.toContain('/');
        expect(await countOf(name)).toBe(0);
      });

      it('makes one block of rows that fill many parsing chunks', async () => {
        const name = await table('blocks', 'a UInt32, s String');
        const line = (a: number) => `${JSON.stringify({ a, s: 'x'.repeat(230) })}\n`;
        const body = Array.from({ length: 120_000 }, (_, a) => line(a)).join('');
        await client.command({ query: `SYSTEM STOP MERGES ${name}` });
        expect((await post(body, { query: `INSERT INTO ${name} FORMAT JSONEachRow` })).status).toBe(200);
        const parts = await rowsOf(`SELECT toUInt32(count()) AS n, toUInt32(sum(rows)) AS r FROM system.parts
          WHERE database = currentDatabase() AND table = '${name}' AND active`);
        expect(parts).toEqual([{ n: 1, r: 120_000 }]);
      });

      it('inserts nothing of an upload that breaks off', async () => {
        const name = await table('broken', 'a UInt32');
        const query = new URLSearchParams({
          database,
          query: `INSERT INTO ${name} FORMAT JSONEachRow`,
          user: access.username,
          password: access.password,
        });
        const upload = request(`${access.url}/?${query.toString()}`, { method: 'POST' });
        upload.on('error', () => undefined);
        upload.write('{"a":1}\n'.repeat(50_000));
        await once(upload, 'socket');
        await new Promise((flushed) => upload.write('{"a":2}\n', flushed));
        upload.destroy();
        await client.insert({ table: name, values: [{ a: 3 }], format: 'JSONEachRow' });
        expect(await rowsOf(`SELECT a FROM ${name}`)).toEqual([{ a: 3 }]);
      });

      it('stores rows with the same token once, in the table and in a view that depends on it', async () => {
        const settings = {
          insert_deduplication_token: 'token-1',
          deduplicate_blocks_in_dependent_materialized_views: 1,
        } as const;
        const name = await table(
          'deduped',
          'k UInt8, v UInt64',
          'ENGINE = MergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 100',
        );
        await client.command({
          query: `CREATE MATERIALIZED VIEW deduped_view (k UInt8, n AggregateFunction(count), s AggregateFunction(sum, UInt64))
            ENGINE = AggregatingMergeTree ORDER BY k SETTINGS non_replicated_deduplication_window = 100
            AS SELECT k, countState() AS n, sumState(v) AS s FROM ${name} GROUP BY k`,
        });
        const values = Array.from({ length: 1_000 }, (_, v) => ({ k: v % 3, v }));
        const insert = (token: string) =>
          client.insert({
            table: name,
            values,
            format: 'JSONEachRow',
            clickhouse_settings: { ...settings, insert_deduplication_token: token },
          });
        await insert('token-1');
        await insert('token-1');
        const seen = async () => [
          await countOf(name),
          ...(await rowsOf<{ n: unknown }>('SELECT toUInt32(countMerge(n)) AS n FROM deduped_view')).map(({ n }) =>
            Number(n),
          ),
        ];
        expect(await seen()).toEqual([1_000, 1_000]);
        await insert('token-2');
        expect(await seen()).toEqual([2_000, 2_000]);
      });

      it('takes a stream that is compressed on the way', async () => {
        const name = await table('streamed', 'a UInt32');
        const lines = Readable.from(
          (function* () {
            for (let a = 0; a < 20_000; a += 1) yield `{"a":${a}}\n`;
          })(),
        );
        const body = Buffer.concat(await lines.pipe(createGzip()).toArray());
        const response = await post(
          body,
          { query: `INSERT INTO ${name} FORMAT JSONEachRow` },
          { 'Content-Encoding': 'gzip' },
        );
        expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '{}')).toMatchObject({
          written_rows: '20000',
        });
      });
    });
  });
}
