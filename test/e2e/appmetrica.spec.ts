import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExportPage } from '../../src/application/warehouse-loading/appmetrica/list-exports.query.js';
import type { ExportView } from '../../src/domain/warehouse-loading/appmetrica/export-view.js';
import { APPLICATION, AppmetricaVendor, eventRows, FAULTS, type Row, TOKEN } from '../support/appmetrica-vendor.js';
import { type Body, RunningPenstock, until } from '../support/running-penstock.js';

const ASK = {
  source: 'events',
  fields: ['event_name', 'event_json'],
  date_since: '2025-01-01',
  date_until: '2025-01-31',
};
const FLAGS = '--source events --fields event_name,event_json --since 2025-01-01 --until 2025-01-31'.split(' ');
const ENDLESS = 1_000_000;

let vendor: AppmetricaVendor;
let penstock: RunningPenstock;
beforeAll(async () => {
  vendor = await AppmetricaVendor.start();
  penstock = await RunningPenstock.start({
    APPMETRICA_BASE_URL: vendor.url,
    APPMETRICA_API_KEY: TOKEN,
    APPMETRICA_APPLICATION_ID: String(APPLICATION),
    APPMETRICA_POLL_INTERVAL_SECONDS: '0.05',
    APPMETRICA_MAX_WAIT_SECONDS: '0.2',
    APPMETRICA_MAX_TRIES: '5',
    JOB_POLL_MS: '100',
    JOB_LEASE_MS: '3000',
  });
});
afterAll(async () => {
  await penstock.stop();
  await vendor.stop();
});
beforeEach(() => vendor.reset(eventRows(20)));

async function ask(change: Body = {}, headers: Record<string, string> = {}): Promise<ExportView> {
  const { status, body } = await penstock.post('/appmetrica/exports', { ...ASK, ...change }, headers);
  if (status !== 202) throw new Error(JSON.stringify(body));
  return body as unknown as ExportView;
}
const show = async (id: string): Promise<ExportView> =>
  (await penstock.get(`/appmetrica/exports/${id}`)) as unknown as ExportView;
const whenIs = ({ id }: ExportView, isRight: (view: ExportView) => boolean): Promise<ExportView> =>
  until(() => show(id), isRight);
const whenIn = (view: ExportView, state: string): Promise<ExportView> => whenIs(view, (each) => each.state === state);
const fetchText = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(new URL(path, penstock.url), { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const names = (text: string): string[] =>
  parse<Row>(text, { columns: true })
    .map((row) => row['event_name'] ?? '')
    .sort();
const ALL = eventRows(20)
  .map((row) => row['event_name']!)
  .sort();

/** A command in a process of its own, for signals. */
function command(...words: string[]) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: penstock.folder, PENSTOCK_HOME: penstock.home };
  const vendors = {
    APPMETRICA_BASE_URL: vendor.url,
    APPMETRICA_API_KEY: TOKEN,
    APPMETRICA_APPLICATION_ID: String(APPLICATION),
  };
  const quick = { APPMETRICA_POLL_INTERVAL_SECONDS: '0.05', JOB_POLL_MS: '100', JOB_LEASE_MS: '3000' };
  const cli = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli.js');
  const child = spawn(process.execPath, [cli, ...words], {
    cwd: penstock.folder,
    env: { ...env, ...vendors, ...quick },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const exit = once(child, 'close').then(([code]) => ({ code: code as number, stderr }));
  return { child, exit };
}

describe("the document's requests", () => {
  it('answer as written', async () => {
    const ping = await penstock.call('GET', '/appmetrica/ping');
    expect(ping.body).toMatchObject({ status: 'ok', application: { id: APPLICATION, name: 'Shop' } });
    const { id } = await ask();
    const fetched = await fetchText(`/appmetrica/fetch-export?export_id=${id}&poll_interval=0.1&poll_timeout=300`);
    expect(fetched.status).toBe(200);
    expect(names(fetched.text)).toEqual(ALL);
  });

  it('say honestly that the time to wait is over', async () => {
    vendor.polls = ENDLESS;
    const { id } = await ask();
    const path = `/appmetrica/fetch-export?export_id=${id}&poll_interval=0.1&poll_timeout=0.3`;
    const { status, headers, body } = await penstock.call('GET', path);
    expect([status, headers.get('location'), headers.get('retry-after')]).toEqual([
      202,
      `/appmetrica/exports/${id}`,
      '1',
    ]);
    expect(body).toMatchObject({ id, progress: { phase: 'preparing' } });
    expect(body['result']).toBeUndefined();
    await penstock.post(`/appmetrica/exports/${id}/cancel`);
  });

  it('tell what an export failed with, and that there is none', async () => {
    const { id } = await ask({ fields: ['no_such_field'] });
    const failed = await penstock.call('GET', `/appmetrica/fetch-export?export_id=${id}&poll_interval=0.1`);
    expect([failed.status, failed.body['code']]).toEqual([422, 'vendor.rejected']);
    expect(failed.body['detail']).toContain('no_such_field');
    const unknown = await penstock.call(
      'GET',
      '/appmetrica/fetch-export?export_id=123&poll_interval=5&poll_timeout=300',
    );
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'export.unknown']);
  });
});

describe('an export over HTTP', () => {
  it('is accepted, told of, listed and answered as one document, as often as it is asked for', async () => {
    vendor.maxRows = 6;
    const accepted = await ask({ format: 'json', filters: { city: 'Berlin' } });
    expect(accepted).toMatchObject({ state: 'accepted', format: 'json', date_until: '2025-01-31 23:59:59' });
    const view = await whenIn(accepted, 'succeeded');
    expect(view).toMatchObject({ progress: { percent: 100, parts: 4, fetched: 4 }, result: { rows: 20, parts: 4 } });
    const { content, sha256, bytes } = view.result!;
    const { headers, text } = await fetchText(content);
    expect((JSON.parse(text) as { data: Row[] }).data).toHaveLength(20);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(bytes),
      etag: `"${sha256}"`,
      'content-disposition': expect.stringContaining('appmetrica_events_2025-01-01_2025-01-31.json'),
    });
    expect((await fetchText(content, { 'if-none-match': `"${sha256}"` })).status).toBe(304);
    const { exports } = (await penstock.get('/appmetrica/exports?limit=1')) as unknown as ExportPage;
    expect(exports).toEqual([view]);
  });

  it('is one export for the same idempotency key', async () => {
    const key = { 'idempotency-key': 'nightly-2025-01-31' };
    const [first, second] = [await ask({}, key), await ask({}, key)];
    expect(second.id).toBe(first.id);
    const other = await penstock.post('/appmetrica/exports', { ...ASK, format: 'json' }, key);
    expect([other.status, other.body['code']]).toEqual([409, 'idempotency-key.reused']);
    await whenIn(first, 'succeeded');
  });

  it.each([
    [{ ...ASK, fields: [] }, ['fields']],
    [{ ...ASK, date_until: '2024-12-31' }, ['date_until']],
    [{ ...ASK, date_since: '2025-02-30', source: 'Events!' }, ['source', 'date_since']],
    [{ ...ASK, key: 'a/b.csv' }, ['key']],
    [{ ...ASK, filters: { fields: 'x' } }, ['filters.fields']],
    [{ ...ASK, formt: 'csv' }, ['formt']],
    [{ source: 'events', fields: 'event_name' }, ['date_since', 'date_until']],
  ])('is refused when it cannot be asked for: %#', async (body, paths) => {
    const { status, body: problem } = await penstock.post('/appmetrica/exports', body);
    expect(status).toBe(400);
    expect((problem['errors'] as { path: string }[]).map(({ path }) => path)).toEqual(paths);
    expect(vendor.asked).toEqual([]);
  });

  it('survives a vendor that is slow, busy and broken', async () => {
    vendor.polls = 2;
    vendor.faults = [
      FAULTS.status(429, '', { 'retry-after': '60' }),
      FAULTS.status(503),
      FAULTS.cutOff(),
      FAULTS.halfGzip(),
    ];
    vendor.faults.push(undefined, undefined, FAULTS.wrongCrc(), FAULTS.nonsense('"'), undefined);
    const { result } = await whenIs(await ask(), ({ finished_at: end }) => end !== undefined);
    expect(result).toMatchObject({ rows: 20 });
    expect(names((await fetchText(result!.content)).text)).toEqual(ALL);
  });

  it('has no content before its end, and none when it was cancelled; then it can be forgotten', async () => {
    vendor.polls = ENDLESS;
    const view = await whenIn(await ask(), 'running');
    const path = `/appmetrica/exports/${view.id}`;
    const early = await penstock.call('GET', `${path}/content`);
    expect([early.status, early.body['code']]).toEqual([409, 'export.unfinished']);
    expect((await penstock.call('DELETE', path)).status).toBe(202);
    await whenIn(view, 'cancelled');
    expect((await penstock.call('GET', `${path}/content`)).body['code']).toBe('export.cancelled');
    expect((await penstock.call('DELETE', path)).status).toBe(204);
    expect((await penstock.call('GET', path)).body['code']).toBe('export.unknown');
  });

  it('is stored in the bucket where that is wanted', async () => {
    const key = 'exports/january events.csv';
    const { result } = await whenIn(await ask({ destination: 's3', key }), 'succeeded');
    expect(result).toMatchObject({ rows: 20, object: { key, size: result!.bytes } });
    const object = await fetchText(`/s3/download?key=${encodeURIComponent(key)}`);
    expect(names(object.text)).toEqual(ALL);
    expect((await fetchText(result!.content)).text).toBe(object.text);
    const again = await whenIn(await ask({ destination: 's3', key }), 'failed');
    expect(again.error?.code).toBe('object.exists');
  });
});

describe('an export whose process dies', () => {
  it('goes on in the next one with the parts it has', async () => {
    vendor.stuckFrom = 2;
    const view = await ask({ parts: 4 });
    await whenIs(view, ({ progress }) => progress.fetched === 2);
    await penstock.kill('SIGKILL');
    const before = vendor.asked.length;
    vendor.stuckFrom = Number.POSITIVE_INFINITY;
    await penstock.serve();
    const { result } = await whenIs(view, ({ finished_at: end }) => end !== undefined);
    expect(result).toMatchObject({ rows: 20, parts: 4 });
    const after = new Set(vendor.asked.slice(before).map(({ query }) => query.get('part_number')));
    expect(after).toEqual(new Set(['2', '3']));
    expect(names((await fetchText(result!.content)).text)).toEqual(ALL);
  });

  it('is handed on by a service that stops, which keeps nobody waiting', async () => {
    vendor.polls = ENDLESS;
    const view = await whenIn(await ask(), 'running');
    const waiting = fetchText(`/appmetrica/fetch-export?export_id=${view.id}&poll_timeout=300`);
    await until(
      () => penstock.call('GET', `/appmetrica/exports/${view.id}`),
      ({ status }) => status === 200,
    );
    await penstock.kill('SIGTERM');
    expect((await waiting).status).toBe(202);
    vendor.reset(eventRows(20));
    await penstock.serve();
    expect(await whenIn(view, 'succeeded')).toMatchObject({ result: { rows: 20 } });
  });
});

describe('penstock export appmetrica', () => {
  it('writes to a file of its own name, to one that is named, and to stdout', async () => {
    const made = await penstock.cliJson('export', 'appmetrica', ...FLAGS);
    expect(made).toMatchObject({ state: 'succeeded', file: 'appmetrica_events_2025-01-01_2025-01-31.csv' });
    expect(names(await readFile(join(penstock.folder, made['file'] as string), 'utf8'))).toEqual(ALL);
    const refused = await penstock.cli(
      'export',
      'appmetrica',
      'resume',
      made['id'] as string,
      '-o',
      made['file'] as string,
    );
    expect([refused.exitCode, refused.stderr]).toEqual([64, expect.stringContaining('--force')]);
    const piped = await penstock.cli('export', 'appmetrica', ...FLAGS, '--output', '-');
    expect([piped.exitCode, names(piped.stdout)]).toEqual([0, ALL]);
  });

  it('only asks when told so, lists, waits for it, and cancels', async () => {
    vendor.polls = ENDLESS;
    const asked = await penstock.cliJson('export', 'appmetrica', ...FLAGS, '--detach');
    const id = asked['id'] as string;
    const list = await penstock.cli('export', 'appmetrica', 'list', '--limit', '1');
    expect(list.stdout).toContain(id);
    await whenIs(asked as unknown as ExportView, ({ state }) => state === 'running');
    expect((await penstock.cli('export', 'appmetrica', 'cancel', id)).exitCode).toBe(0);
    await whenIn(asked as unknown as ExportView, 'cancelled');
    const resumed = await penstock.cli('export', 'appmetrica', 'resume', id);
    expect([resumed.exitCode, resumed.stdout]).toEqual([65, '']);
  });

  it('exits as the error means', async () => {
    expect((await penstock.cli('export', 'appmetrica', 'resume', 'nobody')).exitCode).toBe(66);
    expect((await penstock.cli('export', 'appmetrica')).exitCode).toBe(64);
    const unknown = await penstock.cli('export', 'appmetrica', ...FLAGS, '--fields', 'nothing', '-o', 'x.csv');
    expect([unknown.exitCode, unknown.stdout]).toEqual([65, '']);
  });

  it('hands an export back on Ctrl-C when no service runs, and goes on with it later', async () => {
    await penstock.kill('SIGTERM');
    vendor.polls = ENDLESS;
    const { child, exit } = command('export', 'appmetrica', ...FLAGS, '--output', 'later.csv');
    await until(
      async () => vendor.asked.length,
      (asked) => asked > 2,
    );
    child.kill('SIGINT');
    const { code, stderr } = await exit;
    expect(code).toBe(130);
    const id = /resume (\S+)/.exec(stderr)?.[1] ?? '';
    vendor.reset(eventRows(20));
    const later = await command('export', 'appmetrica', 'resume', id, '--output', 'later.csv').exit;
    expect(later).toEqual({ code: 0, stderr: expect.any(String) });
    expect(names(await readFile(join(penstock.folder, 'later.csv'), 'utf8'))).toEqual(ALL);
    await penstock.serve();
  });
});
