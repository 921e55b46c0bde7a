import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DWH_TABLES } from '../../../src/domain/warehouse-loading/dwh-tables.js';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const GZIP = { 'content-encoding': 'gzip' };

let penstock: RunningPenstock;
/** The engine ends with the service that was its only user, so that connections come and go. */
let postgres: Pool;

beforeAll(async () => {
  penstock = await RunningPenstock.start();
  const { postgres: engine } = (await penstock.cliJson('engines')) as Record<
    'postgres',
    { url: string; user: string; password: string; database: string }
  >;
  const url = new URL(engine.url);
  postgres = new Pool({
    max: 2,
    host: url.hostname,
    port: Number(url.port),
    user: engine.user,
    password: engine.password,
    database: engine.database,
  });
  postgres.on('error', () => undefined);
});
afterAll(async () => {
  await postgres.end();
  await penstock.stop();
});
beforeEach(async () => {
  await postgres.query(`TRUNCATE ${DWH_TABLES.map(({ table }) => table).join(', ')}, penstock.load_receipt`);
});

async function count(table = 'user_locations'): Promise<number> {
  return Number((await postgres.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);
}

function locations(rows: number, from = 0): Body[] {
  return Array.from({ length: rows }, (_, n) => ({
    uuid: `u-${from + n}`,
    city: `city ${n % 7}`,
    location_lat: n / 8,
  }));
}

const lines = (rows: readonly Body[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function send(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string>,
): Promise<{ status: number; body: Body }> {
  const response = await fetch(new URL(path, penstock.url), { method: 'POST', body: body as string, headers });
  return { status: response.status, body: (await response.json()) as Body };
}

/** A body that is sent in pieces, and may never end. */
function slowly(path: string, headers: Record<string, string> = NDJSON) {
  const request = httpRequest(new URL(path, penstock.url), { method: 'POST', headers });
  const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response
        .on('data', (chunk) => (text += String(chunk)))
        .on('end', () => resolve({ status: response.statusCode!, text }));
    });
  });
  answer.catch(() => undefined);
  return { request, answer };
}

describe("the document's requests", () => {
  it.each(DWH_TABLES.map(({ route, key, columns }) => [route, key ?? columns[0]!.name] as const))(
    'load into and list %s',
    async (route, key) => {
      const data = [1, 2, 3].map((n) => ({ [key]: key === 'ehr_id' ? n : String(n) }));
      const { status, body } = await penstock.post(`/dwh/${route}`, { data });
      expect(status).toBe(200);
      expect(body).toEqual({
        inserted_ids: [expect.any(Number), expect.any(Number), expect.any(Number)],
        count: 3,
        batches: 1,
      });
      const listed = await penstock.get(`/dwh/${route}`);
      expect(listed).toMatchObject({ count: 3 });
      expect((listed['rows'] as Body[]).map(({ id }) => id)).toEqual(body['inserted_ids']);
    },
  );

  it('chunk what is more than a write may hold, and count writes that were made', async () => {
    const { body } = await penstock.post('/dwh/user-locations', { data: locations(1500) });
    expect(body).toMatchObject({ count: 1500, batches: 2 });
    expect(new Set(body['inserted_ids'] as number[]).size).toBe(1500);
  });
});

describe('POST /dwh/{table}', () => {
  it('reads NDJSON of any length, gzip too, and answers ranges of ids', async () => {
    const plain = await send('/dwh/user-locations', lines(locations(2500)), NDJSON);
    expect(plain).toMatchObject({ status: 200, body: { count: 2500, batches: 3 } });
    const [[first, last]] = plain.body['inserted_id_ranges'] as [[number, number]];
    expect(last - first).toBe(2499);
    const zipped = gzipSync(lines(locations(2500, 5000)));
    expect(await send('/dwh/user-locations', zipped, { ...NDJSON, ...GZIP })).toMatchObject({ body: { count: 2500 } });
    const json = gzipSync(JSON.stringify({ data: locations(10, 9000) }));
    const answer = await send('/dwh/user-locations', json, { 'content-type': 'application/json', ...GZIP });
    expect(answer.body['inserted_ids']).toHaveLength(10);
    expect(await count()).toBe(5010);
  });

  it.each([
    ['no rows', { data: [] }, 422, 'rows.empty', undefined],
    [
      'a wrong type',
      { data: [{ uuid: 'a' }, { uuid: 'b', location_lat: 'x' }] },
      422,
      'rows.rejected',
      'data.1.location_lat',
    ],
    ['an unknown column', { data: [{ uuid: 'a', town: 1 }] }, 422, 'rows.rejected', 'data.0.town'],
    ['an id', { data: [{ uuid: 'a', id: 1 }] }, 422, 'rows.rejected', 'data.0.id'],
    ['a row that is none', { data: [null] }, 422, 'rows.rejected', 'data.0'],
    ['the same key twice', { data: [{ uuid: 'a' }, { uuid: 'a' }] }, 409, 'rows.conflict', 'data.1.uuid'],
    ['no data', {}, 400, 'request.invalid', 'data'],
    ['data that is no list', { data: {} }, 400, 'request.invalid', 'data'],
    ['more than data', { data: [{ uuid: 'a' }], more: 1 }, 400, 'request.invalid', 'more'],
    ['no object', [], 400, 'request.invalid', 'data'],
    ['no JSON', '{"data":[', 400, 'request.malformed', undefined],
  ])('refuses %s, and writes nothing', async (_what, payload, status, code, path) => {
    const answer = await penstock.post('/dwh/user-locations', payload);
    expect(answer).toMatchObject({ status, body: { code } });
    expect((answer.body['errors'] as { path: string }[] | undefined)?.[0]?.path).toBe(path);
    expect(await count()).toBe(0);
  });

  it.each([
    ['/dwh/nowhere', 404, 'table.unknown'],
    ['/dwh/user-locations?on_conflict=maybe', 400, 'request.invalid'],
    ['/dwh/user-locations?engine=oracle', 400, 'request.invalid'],
    ['/dwh/user-locations?more=1', 400, 'request.invalid'],
  ])('refuses %s', async (path, status, code) => {
    expect(await penstock.post(path, { data: locations(1) })).toMatchObject({ status, body: { code } });
  });

  it('refuses media and codings it does not read, gzip that is none, and keys that are none', async () => {
    for (const [body, headers, status, code] of [
      ['{}', { 'content-type': 'text/plain' }, 415, 'request.unsupported-media'],
      ['{}', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'request.unsupported-media'],
      ['{}', { ...NDJSON, 'content-encoding': 'br' }, 415, 'request.unsupported-media'],
      ['no gzip', { ...NDJSON, ...GZIP }, 400, 'request.malformed'],
      [gzipSync(lines(locations(9000))).subarray(0, 9000), { ...NDJSON, ...GZIP }, 400, 'request.malformed'],
      [lines(locations(1)), { ...NDJSON, 'idempotency-key': 'k'.repeat(300) }, 400, 'request.invalid'],
    ] as const) {
      expect(await send('/dwh/user-locations', body, headers)).toMatchObject({ status, body: { code } });
    }
    expect(await count()).toBe(0);
  });

  it('says of JSON that is not UTF-8 that it is not', async () => {
    const body = Buffer.from('{"data":[{"uuid":"\xff"}]}', 'latin1');
    expect(await send('/dwh/user-locations', body, { 'content-type': 'application/json' })).toMatchObject({
      status: 400,
      body: { code: 'request.malformed', detail: expect.stringContaining('UTF-8') },
    });
  });

  it('names the line of NDJSON that is wrong, and writes nothing', async () => {
    const good = lines(locations(1200));
    for (const [bad, path] of [
      ['{"uuid":', 'line.1201'],
      ['\n\n[1]', 'line.1203'],
      ['{"uuid":"x","city":[]}', 'line.1201.city'],
      ['{"uuid":"u-5"}', 'line.1201.uuid'],
    ] as const) {
      const { status, body } = await send('/dwh/user-locations', good + bad, NDJSON);
      expect([status, (body['errors'] as { path: string }[])[0]!.path]).toEqual([
        path === 'line.1201.uuid' ? 409 : 422,
        path,
      ]);
    }
    expect(await count()).toBe(0);
  });

  it('does not inflate bombs', async () => {
    const row = gzipSync(Buffer.alloc(40_000_000, 'x'));
    expect(await send('/dwh/user-locations', row, { ...NDJSON, ...GZIP })).toMatchObject({ status: 422 });
    const empty = gzipSync(Buffer.alloc(40_000_000, '\n'));
    expect(await send('/dwh/user-locations', empty, { ...NDJSON, ...GZIP })).toMatchObject({ status: 422 });
    const json = gzipSync(`{"data":[${' '.repeat(40_000_000)}]}`);
    const headers = { 'content-type': 'application/json', ...GZIP };
    expect(await send('/dwh/user-locations', json, headers)).toMatchObject({
      status: 413,
      body: { code: 'request.too-large' },
    });
  });

  it('answers while the client still sends, when nothing can come of it any more', async () => {
    const { request, answer } = slowly('/dwh/user-locations');
    request.write('no json\n'.repeat(10));
    const { status, text } = await answer;
    expect([status, JSON.parse(text)]).toMatchObject([422, { code: 'rows.rejected' }]);
    request.destroy();
  });

  it('honours an idempotency key', async () => {
    const headers = { 'idempotency-key': 'load-1' };
    const first = await penstock.post('/dwh/user-locations', { data: locations(3) }, headers);
    expect(await penstock.post('/dwh/user-locations', { data: locations(3) }, headers)).toMatchObject({
      status: 200,
      body: first.body,
    });
    const other = await penstock.post('/dwh/user-locations', { data: locations(2) }, headers);
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency-key.reused' } });
    expect(await count()).toBe(3);
  });

  it('lets conflicts be ignored, or rows be updated', async () => {
    const first = await penstock.post('/dwh/user-locations', { data: locations(2) });
    const [id] = first.body['inserted_ids'] as number[];
    const data = [{ uuid: 'u-0', city: 'new' }, { uuid: 'n' }];
    const ignored = await penstock.post('/dwh/user-locations?on_conflict=ignore', { data });
    expect(ignored.body).toMatchObject({ inserted_ids: [null, expect.any(Number)], count: 1 });
    const updated = await penstock.post('/dwh/user-locations?on_conflict=update', { data });
    expect(updated.body).toMatchObject({ inserted_ids: [id, (ignored.body['inserted_ids'] as number[])[1]], count: 2 });
    expect(await penstock.get('/dwh/user-locations?pk=u-0')).toMatchObject({
      rows: [{ id, city: 'new', location_lat: null }],
    });
  });

  it('keeps the same promises on ClickHouse', async () => {
    const path = '/dwh/mobile-devices?engine=clickhouse';
    const data = [{ device_id: 'a', brand: 'x' }, { device_id: 'b' }];
    const first = await penstock.post(path, { data }, { 'idempotency-key': 'c' });
    expect(first).toMatchObject({ status: 200, body: { count: 2, batches: 1 } });
    expect(await penstock.post(path, { data }, { 'idempotency-key': 'c' })).toMatchObject({ body: first.body });
    expect(await penstock.post(path, { data })).toMatchObject({ status: 409, body: { code: 'rows.conflict' } });
    expect((await send(path, lines(data).replaceAll('"a"', '"c"').replaceAll('"b"', '"d"'), NDJSON)).status).toBe(200);
    expect(await penstock.get(`${path}&sort_by=device_id&sort_dir=desc&limit=1`)).toMatchObject({
      rows: [{ device_id: 'd' }],
      next: expect.any(String),
    });
    expect(await count('mobile_devices')).toBe(0);
    expect(await penstock.count('mobile_devices')).toBe(4);
  });
});

describe('a load that does not end', () => {
  it('leaves nothing when the client goes', async () => {
    const { request } = slowly('/dwh/user-locations');
    request.write(lines(locations(3000)));
    await untilLoading();
    request.destroy();
    await untilIdle();
    expect(await count()).toBe(0);
  });

  it('leaves nothing when the service is killed, and is loaded once with the same key after', async () => {
    const headers = { ...NDJSON, 'idempotency-key': 'killed' };
    const { request } = slowly('/dwh/user-locations', headers);
    request.on('error', () => undefined);
    request.write(lines(locations(3000)));
    await untilLoading();
    await penstock.kill();
    await penstock.serve();
    await untilIdle();
    expect(await count()).toBe(0);
    for (let time = 0; time < 2; time += 1) {
      const answer = await send('/dwh/user-locations', lines(locations(3000)), headers);
      expect(answer).toMatchObject({ status: 200, body: { count: 3000 } });
    }
    expect(await count()).toBe(3000);
  });

  it('fails clearly, whole, when its connection to PostgreSQL is cut, and is loaded once after', async () => {
    const headers = { ...NDJSON, 'idempotency-key': 'cut' };
    const { request, answer } = slowly('/dwh/user-locations', headers);
    request.write(lines(locations(3000)));
    await untilLoading();
    await postgres.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${LOADING}`);
    request.end(lines(locations(2000, 3000)));
    const { status, text } = await answer;
    expect([status, JSON.parse(text)]).toMatchObject([503, { code: 'database.unreachable' }]);
    expect(await count()).toBe(0);
    expect(await send('/dwh/user-locations', lines(locations(5000)), headers)).toMatchObject({ status: 200 });
    expect(await count()).toBe(5000);
  });

  it('leaves nothing when a command is interrupted', async () => {
    const child = penstock.spawnCli('load', 'user-locations', '-');
    let stderr = '';
    child.stderr!.on('data', (chunk) => (stderr += String(chunk)));
    child.stdin!.on('error', () => undefined).write(lines(locations(3000)));
    await untilLoading();
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect([code, stderr]).toEqual([130, expect.stringContaining('given up')]);
    expect(await count()).toBe(0);
  });

  const LOADING = `pid IN (
    SELECT pid FROM pg_locks WHERE relation = 'public.user_locations'::regclass AND mode = 'RowExclusiveLock')`;
  const loading = async (): Promise<number> =>
    Number((await postgres.query(`SELECT count(*) AS n FROM pg_stat_activity WHERE ${LOADING}`)).rows[0].n);
  const untilLoading = (): Promise<number> => until(loading, (n) => n === 1);
  const untilIdle = (): Promise<number> => until(loading, (n) => n === 0);
});

describe('the scope of a key', () => {
  it('is load for loads, write besides for updates, and read for reading', async () => {
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    const scopes = { reader: ['read'], loader: ['load'], keeper: ['load', 'write'] };
    const entries = Object.entries(scopes).map(
      ([name, of]) => `- {name: ${name}, sha256: ${sha256(name)}, scopes: [${of.join(', ')}]}\n`,
    );
    const environment = { API_KEYS_FILE: await penstock.file('keys.yaml', entries.join('')) };
    await penstock.kill('SIGTERM');
    await penstock.serve(environment);
    const status = async (key: string, method: string, query = ''): Promise<number> => {
      const payload = method === 'POST' ? { data: [{ uuid: key }] } : undefined;
      return (await penstock.call(method, `/dwh/user-locations${query}`, payload, { 'x-api-key': key })).status;
    };
    expect(await status('reader', 'POST')).toBe(403);
    expect(await status('loader', 'POST')).toBe(200);
    expect(await status('loader', 'POST', '?on_conflict=ignore')).toBe(200);
    expect(await status('loader', 'POST', '?on_conflict=update')).toBe(403);
    expect(await status('keeper', 'POST', '?on_conflict=update')).toBe(200);
    expect(await status('loader', 'GET')).toBe(403);
    expect(await status('reader', 'GET')).toBe(200);
    expect((await penstock.call('GET', '/dwh/user-locations')).status).toBe(401);
    await penstock.kill('SIGTERM');
    await penstock.serve();
  });
});

describe('GET /dwh/{table}', () => {
  beforeEach(() => penstock.post('/dwh/user-locations', { data: locations(250) }));

  it('pages by cursor, sorted and filtered', async () => {
    const seen: unknown[] = [];
    let next = '';
    do {
      const page = await penstock.get(
        `/dwh/user-locations?city=city%203&sort_by=location_lat&sort_dir=desc&limit=7${next}`,
      );
      seen.push(...(page['rows'] as Body[]).map(({ location_lat }) => location_lat));
      next = page['next'] === undefined ? '' : `&cursor=${page['next'] as string}`;
    } while (next !== '');
    expect(seen).toEqual(
      locations(250)
        .filter(({ city }) => city === 'city 3')
        .map(({ location_lat }) => location_lat)
        .reverse(),
    );
  });

  it('answers 100 rows when nobody says how many', async () => {
    expect(await penstock.get('/dwh/user_locations')).toMatchObject({ count: 100, next: expect.any(String) });
  });

  it.each([
    ['sort_by=town', 'sort_by'],
    ['sort_dir=up', 'sort_dir'],
    ['limit=0', 'limit'],
    ['limit=10001', 'limit'],
    ['town=Lyon', 'town'],
    ['location_lat=north', 'location_lat'],
    ['city=a&city=b', 'city'],
    ['with_id=no', 'with_id'],
  ])('refuses ?%s', async (query, path) => {
    const { status, body } = await penstock.call('GET', `/dwh/user-locations?${query}`);
    expect([status, body['errors']]).toMatchObject([400, [{ path }]]);
  });

  it('refuses cursors of others', async () => {
    const { next } = await penstock.get('/dwh/user-locations?limit=1&sort_by=city');
    for (const cursor of ['x', Buffer.from('[1]').toString('base64url'), next as string]) {
      const { status, body } = await penstock.call('GET', `/dwh/user-locations?sort_by=uuid&cursor=${cursor}`);
      expect([status, body['code']]).toEqual([400, 'cursor.invalid']);
    }
    const own = (await penstock.get('/dwh/user-locations?limit=1'))['next'] as string;
    const elsewhere = ['events-part?', 'user-locations?engine=clickhouse&', 'user-locations?city=Lyon&'];
    for (const list of elsewhere) {
      const { status, body } = await penstock.call('GET', `/dwh/${list}cursor=${own}`);
      expect([status, body['code']]).toEqual([400, 'cursor.invalid']);
    }
  });

  it('holds rows to pk and to a filter of the key', async () => {
    expect(await penstock.get('/dwh/user-locations?pk=u-1&uuid=u-1')).toMatchObject({ count: 1 });
    expect(await penstock.get('/dwh/user-locations?pk=u-1&uuid=u-2')).toEqual({ rows: [], count: 0 });
  });

  it('streams all rows as CSV or NDJSON, by Accept', async () => {
    const url = new URL('/dwh/user-locations?sort_by=uuid', penstock.url);
    const csv = await fetch(url, { headers: { accept: 'text/csv' } });
    expect(csv.headers.get('content-disposition')).toContain('user_locations.csv');
    const records = parse(await csv.text(), { columns: true }) as Body[];
    expect(records).toHaveLength(250);
    const ndjson = await fetch(url, { headers: { accept: 'application/x-ndjson' } });
    const rows = (await ndjson.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Body);
    expect(rows).toHaveLength(250);
    expect(rows.map(({ uuid }) => uuid)).toEqual(records.map(({ uuid }) => uuid));
    const few = await fetch(new URL('/dwh/user-locations?limit=3', penstock.url), {
      headers: { accept: 'application/x-ndjson' },
    });
    expect((await few.text()).trimEnd().split('\n')).toHaveLength(3);
    const wrong = await fetch(new URL('/dwh/user-locations?sort_by=town', penstock.url), {
      headers: { accept: 'text/csv' },
    });
    expect([wrong.status, wrong.headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
  });

  it('lets go of its connection when the client leaves in the middle', async () => {
    const many = lines(Array.from({ length: 20_000 }, (_, n) => ({ uuid: `m-${n}`, city: 'x'.repeat(500) })));
    expect((await send('/dwh/user-locations', gzipSync(many), { ...NDJSON, ...GZIP })).status).toBe(200);
    const open = async (): Promise<number> =>
      Number(
        (
          await postgres.query(
            `SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND state <> 'idle'`,
          )
        ).rows[0].n,
      );
    for (let time = 0; time < 6; time += 1) {
      const stop = new AbortController();
      const headers = { accept: 'text/csv' };
      const response = await fetch(new URL('/dwh/user-locations', penstock.url), { headers, signal: stop.signal });
      await response.body!.getReader().read();
      stop.abort();
    }
    await until(open, (n) => n === 0);
  });
});

describe('penstock load', () => {
  async function technicalData(): Promise<Body[]> {
    return (await penstock.get('/dwh/technical-data?with_id=false'))['rows'] as Body[];
  }

  it('loads what the service has given out, in every format', async () => {
    await penstock.post('/dwh/technical-data', {
      data: [
        { uuid: 'a', groups_json: { a: [1] }, library: 'l"\n,' },
        { uuid: 'b', plan_json: 'text', library: '' },
      ],
    });
    const url = new URL('/dwh/technical-data', penstock.url);
    const before = await technicalData();
    url.searchParams.set('with_id', 'false');
    const exported = async (accept: string): Promise<string> => (await fetch(url, { headers: { accept } })).text();
    const files = {
      'rows.csv': await exported('text/csv'),
      'rows.ndjson.gz': gzipSync(await exported('application/x-ndjson')),
      'rows.json': JSON.stringify(before),
      'body.json.gz': gzipSync(JSON.stringify({ data: before })),
    };
    for (const [name, content] of Object.entries(files)) {
      await postgres.query('TRUNCATE technical_data');
      const file = await penstock.file(name, content);
      expect(await penstock.cliJson('load', 'technical-data', file)).toMatchObject({
        table: 'technical_data',
        count: 2,
        batches: 1,
      });
      const after = await technicalData();
      expect(after).toEqual(before);
    }
    expect(gunzipSync(files['rows.ndjson.gz']).toString()).toBe(lines(before));
    expect(
      await send('/dwh/technical-data?engine=clickhouse', files['rows.ndjson.gz'], { ...NDJSON, ...GZIP }),
    ).toEqual({
      status: 200,
      body: expect.objectContaining({ count: 2 }),
    });
    url.searchParams.set('engine', 'clickhouse');
    expect(await exported('text/csv')).toBe(files['rows.csv']);
  });

  it('takes outcomes of conflicts, a key and an engine, and tells how it ended by its exit code', async () => {
    const file = await penstock.file('some.ndjson', lines([{ device_id: 'cli', brand: 'x' }]));
    const words = ['load', 'mobile-devices', file];
    expect(await penstock.cli(...words)).toMatchObject({
      exitCode: 0,
      stdout: '1 rows are in mobile_devices, by 1 writes.\n',
    });
    const again = await penstock.cli(...words);
    expect([again.exitCode, again.stdout]).toEqual([65, '']);
    expect(again.stderr).toContain('line.1.device_id');
    expect(await penstock.cliJson(...words, '--on-conflict', 'ignore')).toMatchObject({
      count: 0,
      inserted_id_ranges: [],
    });
    expect(await penstock.cliJson(...words, '--engine', 'clickhouse', '-k', 'once')).toMatchObject({ count: 1 });
    for (const [exitCode, ...rest] of [
      [66, 'load', 'nowhere', file],
      [64, 'load', 'mobile-devices', `${file}.absent`],
      [65, 'load', 'mobile-devices', file, '--format', 'csv'],
    ] as const) {
      expect([await penstock.cli(...rest), exitCode]).toMatchObject([{ exitCode, stdout: '' }, exitCode]);
    }
  });
});
