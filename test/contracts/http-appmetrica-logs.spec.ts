import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PartAnswer, PartRequest } from '../../src/domain/ports/appmetrica-logs.port.js';
import type { ExportRequest } from '../../src/domain/warehouse-loading/appmetrica/export-request.js';
import { HttpAppmetricaLogs } from '../../src/infrastructure/appmetrica/http-appmetrica-logs.js';
import { VendorHttp } from '../../src/infrastructure/appmetrica/vendor-http.js';
import { APPLICATION, AppmetricaVendor, eventRows, FAULTS, TOKEN } from '../support/appmetrica-vendor.js';

const REQUEST: ExportRequest = {
  applicationId: APPLICATION,
  source: 'events',
  format: 'csv',
  fields: ['event_name', 'city'],
  dateSince: '2025-01-01 00:00:00',
  dateUntil: '2025-01-31 23:59:59',
  fresh: false,
  parts: 1,
  destination: 'service',
  overwrite: false,
};
const { signal } = new AbortController();

let vendor: AppmetricaVendor;
let http: VendorHttp;
let logs: HttpAppmetricaLogs;
beforeAll(async () => {
  vendor = await AppmetricaVendor.start();
  http = new VendorHttp({ baseUrl: `${vendor.url}/`, apiKey: TOKEN, requestTimeoutMs: 10_000 });
  logs = new HttpAppmetricaLogs(http);
});
afterAll(async () => {
  http.close();
  await vendor.stop();
});
beforeEach(() => vendor.reset(eventRows(4)));

const ask = (change: Partial<PartRequest> = {}): Promise<PartAnswer> =>
  logs.fetchPart({ request: REQUEST, parts: 1, part: 0, anew: false, ...change }, signal);
const ready = async (change: Partial<PartRequest> = {}) => {
  vendor.polls = 0;
  const answer = await ask(change);
  if (answer.kind !== 'ready') throw new Error(answer.kind);
  return answer.body;
};
const read = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const withPolls = (polls: number): void => void (vendor.polls = polls);

describe('HttpAppmetricaLogs', () => {
  it('asks as documented, and always the same for the same part', async () => {
    const request = { ...REQUEST, useUtf8Bom: true, dateDimension: 'receive', filters: { os_name: 'a b&c' } } as const;
    await ask({ request, parts: 8, part: 3 });
    await ask({ request, parts: 8, part: 3 });
    const [first, second] = vendor.asked;
    expect(first?.path).toBe('/logs/v1/export/events.csv');
    expect(Object.fromEntries(first!.query)).toEqual({
      application_id: String(APPLICATION),
      date_since: '2025-01-01 00:00:00',
      date_until: '2025-01-31 23:59:59',
      date_dimension: 'receive',
      fields: 'event_name,city',
      use_utf8_bom: 'true',
      parts_count: '8',
      part_number: '3',
      os_name: 'a b&c',
    });
    expect(second).toEqual(first);
  });

  it('says that it is being prepared, and how far, until it is ready', async () => {
    withPolls(3);
    expect([await ask(), await ask(), await ask()]).toEqual([
      { kind: 'preparing' },
      { kind: 'preparing', percent: 33 },
      { kind: 'preparing', percent: 66 },
    ]);
    expect(await ask()).toMatchObject({ kind: 'ready', body: { encoding: 'gzip' } });
  });

  it('has a part made anew when told so, and only then', async () => {
    await ask({ anew: true });
    await ask();
    expect(vendor.asked.map(({ cacheControl }) => cacheControl)).toEqual(['no-cache', undefined]);
  });

  it('hands on what came as it came', async () => {
    const { encoding, bytes } = await ready();
    expect(encoding).toBe('gzip');
    expect(gunzipSync(await read(bytes)).toString()).toContain('event_name,city\npurchase 0,');
    vendor.faults = [FAULTS.plain('event_name,city\n')];
    const plain = await ready();
    expect([plain.encoding, (await read(plain.bytes)).toString()]).toEqual(['identity', 'event_name,city\n']);
  });

  it('hears that more parts are needed', async () => {
    vendor.maxRows = 2;
    expect(await ask()).toEqual({ kind: 'too-large' });
    expect(await ask({ parts: 2 })).toEqual({ kind: 'preparing' });
  });

  it.each([
    [420, {}, { kind: 'busy' }],
    [429, { 'retry-after': '7' }, { kind: 'busy', retryAfterMs: 7000 }],
    [429, { 'retry-after': 'soon' }, { kind: 'busy' }],
    [429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, { kind: 'busy', retryAfterMs: 0 }],
  ])('takes %i %j for a quota that is used up', async (status, headers, answer) => {
    vendor.faults = [FAULTS.status(status, 'There are already 3 enqueued queries', headers)];
    expect(await ask()).toEqual(answer);
  });

  it.each([
    [400, 'Unknown fields: x', 'vendor.rejected'],
    [401, '', 'vendor.refused'],
    [403, '', 'vendor.refused'],
    [404, 'Not Found', 'vendor.rejected'],
    [500, '', 'vendor.unreachable'],
    [503, '', 'vendor.unreachable'],
    [302, '', 'vendor.broken'],
  ])('answers status %i (%s) with %s', async (status, words, code) => {
    vendor.faults = [FAULTS.status(status, words)];
    await expect(ask()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(code === 'vendor.rejected' ? words : ''),
    });
  });

  it("keeps the vendor's words short and on one line", async () => {
    vendor.faults = [FAULTS.status(400, `a\u001b[2J\nb ${'x'.repeat(100_000)}`)];
    const failure = (await ask().catch((error: unknown) => error)) as Error;
    expect(failure.message).toMatch(/: a \[2J b x+$/);
    expect(failure.message.length).toBeLessThan(400);
  });

  it.each([400, 404])('does not pass on the key that the words of status %i repeat', async (status) => {
    vendor.faults = [FAULTS.status(status, `OAuth ${TOKEN} (token=${TOKEN}) has no such report`)];
    await expect(ask()).rejects.toMatchObject({
      code: 'vendor.rejected',
      message: 'AppMetrica refuses the request: OAuth [redacted] (token=[redacted]) has no such report',
    });
  });

  it.each(['cutOff', 'cutOffChunks'] as const)('finds out that an answer is %s', async (fault) => {
    vendor.faults = [FAULTS[fault]()];
    const { bytes } = await ready();
    await expect(read(bytes)).rejects.toMatchObject({ code: 'vendor.broken' });
  });

  it('finds out that nobody answers, or not in time', async () => {
    vendor.faults = [FAULTS.hangUp()];
    await expect(ask()).rejects.toMatchObject({ code: 'vendor.unreachable' });
    const impatient = new VendorHttp({ baseUrl: vendor.url, apiKey: TOKEN, requestTimeoutMs: 50 });
    vendor.faults = [FAULTS.silence()];
    const part = { request: REQUEST, parts: 1, part: 0, anew: false };
    await expect(new HttpAppmetricaLogs(impatient).fetchPart(part, signal)).rejects.toMatchObject({
      code: 'vendor.unreachable',
    });
    impatient.close();
  });

  it('ends when it is no longer wanted', async () => {
    const end = new AbortController();
    vendor.faults = [FAULTS.silence()];
    const asking = logs.fetchPart({ request: REQUEST, parts: 1, part: 0, anew: false }, end.signal);
    end.abort();
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('describes the application, and tells a wrong key from a wrong application', async () => {
    expect(await logs.application(APPLICATION, signal)).toEqual({
      id: APPLICATION,
      name: 'Shop',
      timeZone: 'Europe/Berlin',
    });
    await expect(logs.application(1, signal)).rejects.toMatchObject({ code: 'vendor.refused' });
    const keyless = new HttpAppmetricaLogs(new VendorHttp({ baseUrl: vendor.url, requestTimeoutMs: 1000 }));
    await expect(keyless.application(APPLICATION, signal)).rejects.toMatchObject({ code: 'vendor.unconfigured' });
  });
});
