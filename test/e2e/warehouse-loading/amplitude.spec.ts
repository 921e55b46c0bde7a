import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hourText, parseHour } from '../../../src/domain/warehouse-loading/amplitude/export-hour.js';
import { AmplitudeServer, event, ndjson } from '../../support/amplitude-server.js';
import { readZip } from '../../support/read-zip.js';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

let vendor: AmplitudeServer;
let penstock: RunningPenstock;

beforeAll(async () => {
  vendor = await AmplitudeServer.start();
  penstock = await RunningPenstock.start(vendor.environment);
});
afterAll(async () => {
  await penstock.stop();
  await vendor.stop();
});
beforeEach(() => {
  vendor.asked.length = 0;
  vendor.mishap = () => undefined;
});

/** Each test has a week of its own: hours that are there are not asked for again. */
let weeks = 0;
function nextWeek(): { start: string; end: string; hour: (n: number) => string } {
  const monday = parseHour('20240304', 0)! + 168 * weeks;
  weeks += 1;
  const hour = (n: number): string => hourText(monday + n);
  return { start: hour(0).slice(0, 8), end: hour(167).slice(0, 8), hour };
}

const exportUrl = (start: string, end: string, more = '', source = 'web'): string =>
  new URL(`/amplitude/export?start=${start}&end=${end}&source=${source}${more}`, penstock.url).href;

async function problem(url: string): Promise<[number, unknown]> {
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(response.headers.get('content-disposition')).toBeNull();
  return [response.status, ((await response.json()) as Body)['code']];
}

describe('GET /amplitude/export', () => {
  it("answers the document's request with an archive for each of its weeks", async () => {
    vendor.put('20240201T05', [event(1)]).put('20240205T05', [event(2), event(1)]);
    const response = await fetch(exportUrl('20240201', '20240207'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(response.headers.get('content-disposition')).toContain('filename="2024_week_05-2024_week_06.zip"');
    const entries = await readZip(new Uint8Array(await response.arrayBuffer()));
    expect([...entries.keys()]).toEqual(['2024_week_05.zip', '2024_week_06.zip', 'manifest.json']);
    const second = await readZip(entries.get('2024_week_06.zip')!);
    expect(String(second.get('2024_week_06.ndjson'))).toBe(ndjson([event(2)]));
  });

  it('answers one week under its name, the same each time, and asks the vendor once', async () => {
    const { start, end, hour } = nextWeek();
    vendor.put(hour(7), [event(1)]);
    const sums = new Set<string>();
    for (let time = 0; time < 2; time += 1) {
      const response = await fetch(exportUrl(start, end));
      expect(response.headers.get('content-disposition')).toContain('filename="2024_week_10.zip"');
      sums.add(
        createHash('sha256')
          .update(new Uint8Array(await response.arrayBuffer()))
          .digest('hex'),
      );
    }
    expect(sums.size).toBe(1);
    expect(vendor.asked).toHaveLength(7);
  });

  it.each([
    ['20240201', '20240131', 'web'],
    ['2024-02-01', '20240201', 'web'],
    ['20240230', '20240301', 'web'],
    ['20240201', '20250301', 'web'],
    ['20240201', '20240201', 'desktop'],
  ])('refuses from %s to %s of %s with 400', async (start, end, source) => {
    expect(await problem(exportUrl(start, end, '', source))).toEqual([400, 'request.invalid']);
    expect(vendor.asked).toEqual([]);
  });

  it('says which settings a source lacks', async () => {
    const response = await fetch(exportUrl('20240201', '20240201', '', 'mobile'));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'vendor.unconfigured',
      detail: expect.stringContaining('AMPLITUDE_MOBILE_SECRET_KEY'),
    });
  });

  it.each([
    [403, 502, 'vendor.refused'],
    [400, 422, 'export.too-large'],
    [504, 504, 'vendor.timeout'],
    [500, 503, 'vendor.unreachable'],
    [302, 502, 'vendor.refused'],
  ])(
    'answers a vendor that answers %i with %i and %s, before any byte of an archive',
    async (status, answered, code) => {
      const { start } = nextWeek();
      vendor.mishap = () => ({ status, headers: { location: 'http://127.0.0.1:1/' } });
      expect(await problem(exportUrl(start, start))).toEqual([answered, code]);
    },
  );

  it('passes on how long to wait when the vendor wants more patience than there is', async () => {
    const { start } = nextWeek();
    vendor.mishap = () => ({ status: 429, headers: { 'retry-after': '120' } });
    const response = await fetch(exportUrl(start, start));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '120']);
  });

  it('never gives a week with a broken hour for a whole one, and only asks for that hour afterwards', async () => {
    const { start, end, hour } = nextWeek();
    for (let n = 0; n < 168; n += 1) vendor.put(hour(n), [event(n)]);
    const good = gzipSync(ndjson([event(100)]));
    vendor.put(hour(100), good.subarray(0, -3));
    expect(await problem(exportUrl(start, end))).toEqual([502, 'vendor.broken']);
    expect(await problem(exportUrl(start, end))).toEqual([502, 'vendor.broken']);
    vendor.put(hour(100), good);
    vendor.asked.length = 0;
    const entries = await readZip(new Uint8Array(await (await fetch(exportUrl(start, end))).arrayBuffer()));
    expect(JSON.parse(String(entries.get('manifest.json')))).toMatchObject({ events: 168, empty_hours: [] });
    expect(vendor.askedTexts).toEqual([`${hour(100)} 200`]);
  });

  it('goes on after kill -9 with the hours that are missing', async () => {
    const { start, end, hour } = nextWeek();
    for (let n = 0; n < 168; n += 1) vendor.put(hour(n), [event(n)]);
    const last = parseHour(hour(6 * 24), 0)!;
    vendor.mishap = ({ first }) => (first === last ? { hangAt: 200 } : undefined);
    const cut = fetch(exportUrl(start, end)).then(
      () => 'answered',
      () => 'cut',
    );
    await until(
      async () => vendor.asked.length,
      (asked) => asked === 7,
    );
    await until(finishedHours(hour(0), hour(167)), (finished) => finished === 144);
    await penstock.kill('SIGKILL');
    expect(await cut).toBe('cut');
    vendor.mishap = () => undefined;
    vendor.asked.length = 0;
    await penstock.serve();
    const entries = await readZip(new Uint8Array(await (await fetch(exportUrl(start, end))).arrayBuffer()));
    expect(JSON.parse(String(entries.get('manifest.json')))).toMatchObject({ events: 168 });
    expect(vendor.askedTexts).toEqual([`${hour(144)}-${hour(167)} 200`]);
    expect(await readdir(join(penstock.home, 'amplitude', 'incoming'))).toEqual([]);
  });

  it('is given up with a problem when the service is told to stop, and is whole with the next one', async () => {
    const { start } = nextWeek();
    vendor.put(`${start}T05`, [event(1)]);
    vendor.mishap = () => ({ hangAt: 100 });
    const answer = fetch(exportUrl(start, start));
    await until(
      async () => vendor.active,
      (active) => active === 1,
    );
    await penstock.kill('SIGTERM');
    const response = await answer;
    expect([response.status, ((await response.json()) as Body)['code']]).toEqual([503, 'service.stopping']);
    vendor.mishap = () => undefined;
    await penstock.serve();
    expect((await fetch(exportUrl(start, start))).status).toBe(200);
  });

  it('stops asking when the client hangs up, and keeps what is finished', async () => {
    const { start, end, hour } = nextWeek();
    vendor.put(hour(0), [event(1)]).put(hour(144), [event(2)]);
    const last = parseHour(hour(144), 0)!;
    vendor.mishap = ({ first }) => (first === last ? { hangAt: 50 } : undefined);
    const request = get(exportUrl(start, end));
    request.on('error', () => undefined);
    await until(finishedHours(hour(0), hour(167)), (finished) => finished === 144);
    request.destroy();
    await until(
      async () => vendor.active,
      (active) => active === 0,
    );
    vendor.mishap = () => undefined;
    vendor.asked.length = 0;
    expect((await fetch(exportUrl(start, end))).status).toBe(200);
    expect(vendor.askedTexts).toEqual([`${hour(144)}-${hour(167)} 200`]);
  });

  it('says nothing of keys anywhere', () => {
    expect(penstock.log).not.toContain('web-secret');
    expect(penstock.log).not.toContain('web-key');
  });
});

/** Files are named by their first hour and the number of those that follow on it. */
function finishedHours(first: string, last: string): () => Promise<number> {
  return async () => {
    const folder = join(penstock.home, 'amplitude', 'hours');
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    const runs = names.map((name) => /\.(\d{8}T\d\d)\.(\d+)\.\d+$/.exec(name) ?? []);
    const ours = runs.filter(([, hour = '']) => hour >= first && hour <= last);
    return ours.reduce((sum, [, , hours]) => sum + Number(hours), 0);
  };
}

describe('destination=s3', () => {
  it('stores the archive in the bucket, under the name of its week, and answers a receipt', async () => {
    const { start, end, hour } = nextWeek();
    vendor.put(hour(3), [event(1), event(1)]);
    const receipt = await penstock.get(`/amplitude/export?start=${start}&end=${end}&source=web&destination=s3`);
    const { key, size } = receipt['object'] as { key: string; size: number };
    expect(key).toMatch(/^amplitude\/web\/2024_week_\d\d\.zip$/);
    expect(receipt).toMatchObject({ source: 'web', events: 1, dropped_duplicates: { total: 1 } });
    const stored = await fetch(new URL(`/s3/download?key=${encodeURIComponent(key)}`, penstock.url));
    const bytes = new Uint8Array(await stored.arrayBuffer());
    expect(bytes).toHaveLength(size);
    const direct = await fetch(exportUrl(start, end));
    expect(Buffer.from(await direct.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
  });
});

describe('load=true', () => {
  it('brings the events into the seven tables, once however often it is asked', async () => {
    const { start, hour } = nextWeek();
    const events = Array.from({ length: 30 }, (_, n) => event(5000 + n, { city: 'Lyon', location_lat: 45.7 }));
    const odd = [
      event(6000, { event_time: 'noon', user_id: 'not a number', location_lat: 'north' }),
      { no: 'id' },
      'no json',
    ];
    vendor.put(hour(3), events).put(hour(4), [...odd, event(5001)]);
    const url = `/amplitude/export?start=${start}&end=${start}&source=web&load=true`;
    const receipt = await penstock.get(url);
    expect(receipt).toMatchObject({ events: 33, dropped_duplicates: { total: 1 }, unreadable_lines: 1 });
    expect(receipt).not.toHaveProperty('object');
    const tables = receipt['tables'] as Record<string, Body>;
    expect(tables['events_part']).toEqual({ rows: 31, events_without_key: 1, unfit_values: 2 });
    expect(tables['user_locations']).toEqual({ rows: 31, events_without_key: 1, unfit_values: 1 });
    expect(tables['mobile_devices']).toMatchObject({ rows: 7 });
    expect(await penstock.get(url)).toEqual(receipt);
    const { rows } = (await penstock.get('/dwh/events-part?limit=100')) as { rows: Body[] };
    expect(rows).toHaveLength(31);
    expect(rows.find(({ uuid }) => uuid === events[0]!['uuid'])).toMatchObject({
      event_time: '2024-02-01T05:06:07.123000Z',
      event_type: 'page view "quoted" \\ back',
      device_id: 'device-2',
    });
    expect(((await penstock.get('/dwh/event-properties?limit=100')) as { rows: Body[] }).rows).toHaveLength(31);
  });
});

describe.each(['event-properties', 'user-properties'])('load=true has each event once in %s', (table) => {
  const load = (from: string, to: string) =>
    penstock.get(`/amplitude/export?start=${from}&end=${to}&source=web&load=true`);
  const uuidsOf = async (events: readonly Body[]): Promise<unknown[]> => {
    const { rows } = (await penstock.get(`/dwh/${table}?limit=1000`)) as { rows: Body[] };
    const ours = new Set(events.map(({ uuid }) => uuid));
    return rows.flatMap(({ uuid }) => (ours.has(uuid) ? [uuid] : [])).sort();
  };
  const eventsFrom = (first: number) =>
    [0, 1, 2].map((n) => event(first + n + (table === 'user-properties' ? 100 : 0)));

  it('whatever hours with the same event are loaded together', async () => {
    const { hour } = nextWeek();
    const [a, b, c] = eventsFrom(7000);
    vendor.put(hour(1), [a!, b!]).put(hour(2), [a!, c!]);
    await load(hour(1), hour(2));
    await load(hour(2), hour(2));
    await load(hour(0), hour(5));
    expect(await uuidsOf([a!, b!, c!])).toEqual([a, b, c].map((each) => each!['uuid']).sort());
  });

  it('where an hour that is not over has grown', async () => {
    const now = hourText(Math.floor(Date.now() / 3_600_000));
    const [a, b, c] = eventsFrom(7500);
    vendor.put(now, [a!, b!]);
    await load(now, now);
    vendor.put(now, [a!, b!, c!]);
    await load(now, now);
    expect(await uuidsOf([a!, b!, c!])).toEqual([a, b, c].map((each) => each!['uuid']).sort());
  });
});

describe('penstock export amplitude', () => {
  it('writes the archive to a file that is not there yet, or to stdout', async () => {
    const { start, end, hour } = nextWeek();
    vendor.put(hour(3), [event(1)]);
    const flags = ['--start', start, '--end', end, '--source', 'web'];
    const first = await penstock.cli('export', 'amplitude', ...flags, '--json');
    expect([first.exitCode, first.stderr]).toEqual([0, '']);
    const { file, bytes, events } = JSON.parse(first.stdout) as { file: string; bytes: number; events: number };
    expect([file, events]).toEqual([expect.stringMatching(/^2024_week_\d\d\.zip$/), 1]);
    const written = await readFile(join(penstock.folder, file));
    expect(written).toHaveLength(bytes);
    expect(written.equals(Buffer.from(await (await fetch(exportUrl(start, end))).arrayBuffer()))).toBe(true);
    const again = await penstock.cli('export', 'amplitude', ...flags, '-o', file);
    expect([again.exitCode, again.stdout]).toEqual([64, '']);
    expect(again.stderr).toContain('--force');
    const forced = await penstock.cli('export', 'amplitude', ...flags, '-o', file, '--force');
    expect([forced.exitCode, forced.stderr]).toEqual([0, '']);
    expect((await readdir(penstock.folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it.each([
    [['--start', '20240201', '--end', '20240131', '--source', 'web'], 64],
    [['--start', '20240201', '--source', 'web'], 64],
    [['--start', '20240201', '--end', '20240201', '--source', 'desktop'], 64],
    [['--start', '20240201', '--end', '20240201', '--source', 'mobile'], 69],
  ])('exits %j with %i', async (flags, code) => {
    const { exitCode, stdout } = await penstock.cli('export', 'amplitude', ...flags);
    expect([exitCode, stdout]).toEqual([code, '']);
  });
});
