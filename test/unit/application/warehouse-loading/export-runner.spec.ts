import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExportBucket } from '../../../../src/application/warehouse-loading/appmetrica/export-bucket.js';
import { ExportRunner } from '../../../../src/application/warehouse-loading/appmetrica/export-runner.js';
import type { Clock } from '../../../../src/domain/ports/clock.port.js';
import type { Jobs } from '../../../../src/domain/ports/jobs.port.js';
import type { ObjectStore } from '../../../../src/domain/ports/object-store.port.js';
import type { Job, JsonObject } from '../../../../src/domain/shared/job.js';
import type { ExportRequest } from '../../../../src/domain/warehouse-loading/appmetrica/export-request.js';
import { HttpAppmetricaLogs } from '../../../../src/infrastructure/appmetrica/http-appmetrica-logs.js';
import { VendorHttp } from '../../../../src/infrastructure/appmetrica/vendor-http.js';
import { UnobservedMetrics } from '../../../../src/infrastructure/metrics/unobserved-metrics.js';
import { DiskPartSpool } from '../../../../src/infrastructure/spool/disk-part-spool.js';
import {
  APPLICATION,
  AppmetricaVendor,
  eventRows,
  FAULTS,
  type Row,
  TOKEN,
} from '../../../support/appmetrica-vendor.js';
import { MemoryBucket } from '../../../support/memory-bucket.js';

const FIELDS = ['event_name', 'event_json', 'city'];
const REQUEST: ExportRequest = {
  applicationId: APPLICATION,
  source: 'events',
  format: 'csv',
  fields: FIELDS,
  dateSince: '2025-01-01 00:00:00',
  dateUntil: '2025-01-31 23:59:59',
  fresh: false,
  parts: 1,
  destination: 'service',
  overwrite: false,
};

/** Time that passes when it is waited for, and is remembered. */
class QuickClock implements Clock {
  readonly waits: number[] = [];
  private atMs = 1_700_000_000_000;

  nowMs(): number {
    return this.atMs;
  }

  async sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    this.atMs += ms;
  }
}

let vendor: AppmetricaVendor;
let http: VendorHttp;
let folder: string;
let spool: DiskPartSpool;
let bucket: MemoryBucket;
let clock: QuickClock;
let told: JsonObject[];
beforeAll(async () => {
  vendor = await AppmetricaVendor.start();
});
afterAll(() => vendor.stop());
beforeEach(async () => {
  vendor.reset(eventRows(10));
  http = new VendorHttp({ baseUrl: vendor.url, apiKey: TOKEN, requestTimeoutMs: 10_000 });
  folder = await mkdtemp(join(tmpdir(), 'penstock-export-'));
  spool = new DiskPartSpool(folder);
  bucket = new MemoryBucket();
  clock = new QuickClock();
  told = [];
});
afterEach(async () => {
  http.close();
  await rm(folder, { recursive: true, force: true });
});

const LIMITS = {
  pollMs: 5000,
  pollTimeoutMs: 0,
  exportTimeoutMs: 3_600_000,
  maxTries: 3,
  maxWaitMs: 600_000,
  maxParts: 8,
  maxBytes: 1_000_000,
  concurrency: 1,
  keepMs: 0,
};

function runner(limits: Partial<typeof LIMITS> = {}): ExportRunner {
  const known: Pick<Jobs, 'find'> = { find: async () => undefined };
  return new ExportRunner({
    vendor: new HttpAppmetricaLogs(http),
    spool,
    bucket: new ExportBucket(bucket as unknown as ObjectStore, spool), // all that it uses of one
    jobs: known as Jobs,
    clock,
    metrics: new UnobservedMetrics(),
    limits: { ...LIMITS, ...limits },
  });
}

function jobOf(request: Partial<ExportRequest> = {}, progress: JsonObject = {}): Job {
  const state = { state: 'running', cancelRequested: false, attempts: 1, caller: 'ann', createdAtMs: 0 } as const;
  return { id: 'job-1', kind: 'appmetrica-export', request: { ...REQUEST, ...request }, progress, ...state };
}

const run = (
  job = jobOf(),
  limits: Partial<typeof LIMITS> = {},
  signal = new AbortController().signal,
): Promise<JsonObject> => runner(limits).run(job, { signal, report: (progress) => void told.push(progress) });

async function content(): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await spool.open('job-1'))!.read()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
const names = (rows: readonly Row[]): string[] => rows.map(({ event_name: name }) => name ?? '').sort();
const csvNames = (text: string): string[] => names(parse(text, { columns: true }));

describe('an export', () => {
  it('waits until the vendor is ready, asking less and less often, and is published', async () => {
    vendor.polls = 4;
    const result = await run();
    const text = await content();
    expect(parse(text, { columns: true })).toEqual(vendor.rows.map(({ event_datetime: _time, ...row }) => row));
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(result).toMatchObject({ rows: 10, parts: 1, bytes: Buffer.byteLength(text), sha256 });
    expect(clock.waits).toEqual([5000, 6250, 7813, 9766]);
    expect(told.map(({ percent }) => percent)).toEqual(
      told.map(({ percent }) => Number(percent)).sort((a, b) => a - b),
    );
  });

  it('is split further until the vendor is content, each time from the first part on', async () => {
    vendor.maxRows = 2;
    const result = await run();
    expect(result).toMatchObject({ rows: 10, parts: 8 });
    expect(csvNames(await content())).toEqual(names(vendor.rows));
    const counts = vendor.asked.map(({ query }) => query.get('parts_count'));
    expect([...new Set(counts)]).toEqual([null, '2', '4', '8']);
    const parts = vendor.asked.filter(({ query }) => query.get('parts_count') === '8');
    expect([...new Set(parts.map(({ query }) => query.get('part_number')))]).toEqual('01234567'.split(''));
  });

  it('gives up when even the largest number of parts is too few', async () => {
    vendor.maxRows = 1;
    await expect(run()).rejects.toMatchObject({
      code: 'export.too-large',
      message: expect.stringContaining('8 parts'),
    });
  });

  it('joins the rows of JSON parts', async () => {
    vendor.maxRows = 3;
    await run(jobOf({ format: 'json' }));
    const { data } = JSON.parse(await content()) as { data: Row[] };
    expect(data.map(({ event_json: json }) => json).sort()).toEqual(
      vendor.rows.map(({ event_json: json }) => json).sort(),
    );
  });

  it('may have no rows', async () => {
    vendor.reset();
    expect(await run(jobOf({ parts: 2 }))).toMatchObject({ rows: 0 });
    expect(await content()).toBe(`${FIELDS.join(',')}\n`);
  });

  it('waits out a quota as long as the vendor says, within the limit', async () => {
    vendor.polls = 0;
    const quota = (after?: string) =>
      FAULTS.status(429, 'There are already 3 enqueued queries', after ? { 'retry-after': after } : {});
    vendor.faults = [quota('30'), quota(), quota('999999'), FAULTS.status(420)];
    await run();
    expect(clock.waits).toEqual([30_000, 60_000, 600_000, 60_000]);
    const waits = told.filter(({ phase }) => phase === 'waiting');
    expect(waits).toHaveLength(4);
    expect(waits[0]).toMatchObject({ reason: 'vendor.throttled', waitingUntilMs: 1_700_000_030_000 });
  });

  it.each(['hangUp', 'cutOff', 'cutOffChunks', 'halfGzip', 'wrongCrc'] as const)(
    'asks again after an answer that was spoiled: %s',
    async (fault) => {
      vendor.polls = 0;
      vendor.faults = [FAULTS[fault](), FAULTS[fault]()];
      expect(await run()).toMatchObject({ rows: 10 });
      expect(clock.waits).toEqual([1000, 2000]);
    },
  );

  it.each([
    ['503', FAULTS.status(503)],
    ['an unclosed quote', FAULTS.nonsense(`${FIELDS.join()}\n"half`)],
  ])('asks again after %s', async (_, fault) => {
    vendor.polls = 0;
    vendor.faults = [fault, undefined];
    expect(await run()).toMatchObject({ rows: 10 });
  });

  it.each(['csv', 'json'] as const)('takes no page for an export, even where its status is 200: %s', async (format) => {
    const page = FAULTS.nonsense('<html>maintenance, back soon</html>');
    vendor.faults = [page, page, page];
    await expect(run(jobOf({ format }))).rejects.toMatchObject({ code: 'vendor.broken' });
    expect(vendor.asked).toHaveLength(3);
    expect(await spool.parts('job-1', 1)).toEqual(new Set());
  });

  it('counts failures in a row, and fails with the last', async () => {
    vendor.polls = 1;
    vendor.faults = [FAULTS.cutOff(), FAULTS.cutOff(), undefined, FAULTS.hangUp(), FAULTS.status(500), FAULTS.cutOff()];
    await expect(run()).rejects.toMatchObject({ code: 'vendor.broken' });
    expect(vendor.asked).toHaveLength(6);
  });

  it.each([
    [FAULTS.status(401), 'vendor.refused'],
    [FAULTS.status(403), 'vendor.refused'],
    [FAULTS.status(400, 'Unknown field'), 'vendor.rejected'],
  ])('does not ask again what is refused: %#', async (fault, code) => {
    vendor.faults = [fault];
    await expect(run()).rejects.toMatchObject({ code });
    expect(vendor.asked).toHaveLength(1);
  });

  it.each([
    [{ polls: 1000 }, [], 'vendor.timeout'],
    [{ polls: 0 }, Array.from({ length: 100 }, () => FAULTS.status(429)), 'vendor.throttled'],
  ])('ends when it takes longer than it may: %#', async ({ polls }, faults, code) => {
    vendor.polls = polls;
    vendor.faults = faults;
    await expect(run()).rejects.toMatchObject({ code });
  });

  it('ends when it is larger than it may be', async () => {
    await expect(run(jobOf(), { maxBytes: 200 })).rejects.toMatchObject({ code: 'export.too-large' });
  });

  it('does not put together parts that do not belong together, and throws them away', async () => {
    vendor.polls = 0;
    vendor.faults = [undefined, FAULTS.nonsense(`${FIELDS.toReversed().join()}\nx,y,z\n`)];
    await expect(run(jobOf({ parts: 2 }))).rejects.toMatchObject({ code: 'vendor.broken' });
    expect(await spool.parts('job-1', 2)).toEqual(new Set());
  });

  it('has every part made anew once, when that is wanted', async () => {
    vendor.polls = 2;
    vendor.faults = [FAULTS.status(429)];
    await run(jobOf({ parts: 2, fresh: true }));
    const anew = vendor.asked.map(({ query, cacheControl }) => [query.get('part_number'), cacheControl !== undefined]);
    expect(anew).toEqual([
      ['0', true],
      ['0', true],
      ['0', false],
      ['0', false],
      ['1', true],
      ['1', false],
      ['1', false],
    ]);
  });
});

describe('an export that was interrupted', () => {
  /** Ends the first run as soon as so many parts are here. */
  async function interruptedAfter(fetched: number, job: Job): Promise<JsonObject> {
    const end = new AbortController();
    const report = (progress: JsonObject): void => {
      told.push(progress);
      if (progress['fetched'] === fetched) end.abort();
    };
    await expect(runner().run(job, { signal: end.signal, report })).rejects.toThrow();
    vendor.asked.length = 0;
    return told.at(-1)!;
  }

  it('goes on with the parts that are here', async () => {
    vendor.maxRows = 3;
    const progress = await interruptedAfter(2, jobOf());
    expect(progress).toMatchObject({ parts: 4, fetched: 2 });
    expect(await run(jobOf({}, progress))).toMatchObject({ rows: 10, parts: 4 });
    expect([...new Set(vendor.asked.map(({ query }) => query.get('part_number')))]).toEqual(['2', '3']);
    expect(csvNames(await content())).toEqual(names(vendor.rows));
  });

  it('counts what is here, whatever a process that died told last', async () => {
    vendor.maxRows = 3;
    await interruptedAfter(2, jobOf());
    const older = told.findLast(({ parts, fetched }) => parts === 4 && fetched === 1)!;
    const { bytes } = await run(jobOf({}, older));
    expect(told.at(-1)).toMatchObject({ fetched: 4, rows: 10 });
    // Each part has the header, and none its last newline.
    const headers = 3 * `${FIELDS.join(',')}\n`.length;
    expect(told.findLast(({ phase }) => phase === 'preparing')).toMatchObject({ bytes: Number(bytes) + headers - 4 });
  });

  it('counts what is here for the limit of bytes as well', async () => {
    vendor.maxRows = 3;
    const progress = await interruptedAfter(3, jobOf());
    const maxBytes = Number(progress['bytes']) + 1;
    await expect(run(jobOf({}, { ...progress, rows: 0, bytes: 0 }), { maxBytes })).rejects.toMatchObject({
      code: 'export.too-large',
    });
  });

  it('fetches parts again that are damaged', async () => {
    vendor.maxRows = 3;
    const progress = await interruptedAfter(2, jobOf());
    await truncate(join(folder, 'job-1', 'parts-4', '1.gzip'), 40);
    expect(await run(jobOf({}, progress))).toMatchObject({ rows: 10, parts: 4 });
    expect(csvNames(await content())).toEqual(names(vendor.rows));
  });

  it('fetches parts again that are no longer here', async () => {
    vendor.maxRows = 3;
    const progress = await interruptedAfter(2, jobOf());
    await rm(join(folder, 'job-1'), { recursive: true });
    expect(await run(jobOf({}, progress))).toMatchObject({ rows: 10, parts: 4 });
    expect([...new Set(vendor.asked.map(({ query }) => query.get('part_number')))]).toEqual(['0', '1', '2', '3']);
  });

  it('does not make again what was published', async () => {
    const first = await run();
    vendor.asked.length = 0;
    expect(await run(jobOf({}, told.at(-1)))).toEqual(first);
    expect(vendor.asked).toEqual([]);
  });
});

describe('an export for the bucket', () => {
  const forBucket = { destination: 's3', key: 'exports/a b.csv' } as const;

  it('is stored there with what it is, and leaves nothing on disk', async () => {
    const result = await run(jobOf(forBucket));
    const stored = bucket.stored.get('exports/a b.csv')!;
    expect(result).toMatchObject({
      rows: 10,
      object: { key: 'exports/a b.csv', etag: stored.etag, size: stored.size },
    });
    expect(stored.contentType).toBe('text/csv; charset=utf-8');
    expect(csvNames(stored.bytes.toString())).toEqual(names(vendor.rows));
    expect(await spool.open('job-1')).toBeUndefined();
  });

  it('is not made again when it was stored and nobody has heard of it', async () => {
    const first = await run(jobOf(forBucket));
    vendor.asked.length = 0;
    expect(await run(jobOf(forBucket))).toEqual(first);
    expect(vendor.asked).toEqual([]);
  });

  it('does not begin when there is an object already, unless it may overwrite it', async () => {
    await bucket.put('exports/a b.csv', (async function* () {})());
    await expect(run(jobOf(forBucket))).rejects.toMatchObject({ code: 'object.exists' });
    expect(vendor.asked).toEqual([]);
    await run(jobOf({ ...forBucket, overwrite: true }));
    expect(bucket.stored.get('exports/a b.csv')?.size).toBeGreaterThan(100);
  });

  it('has a key of its own where none is given', async () => {
    await run(jobOf({ destination: 's3' }));
    expect([...bucket.stored.keys()]).toEqual(['appmetrica/job-1/appmetrica_events_2025-01-01_2025-01-31.csv']);
  });
});
