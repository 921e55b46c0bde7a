import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Aggregation } from '../../../src/domain/event-pipelines/domain-config.js';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';
import { type EventRow, expectedLate, expectedWindows } from '../../support/window-model.js';

const MINUTE = 60_000;
const PATIENCE_MS = 240_000;
const EVENTS = 2000;
const tumbling = { kind: 'tumbling', durationMs: MINUTE, slideMs: MINUTE } as const;

const REVENUE: Aggregation = {
  name: 'revenue_per_minute',
  eventType: 'purchase',
  kind: 'sum',
  field: 'total_amount',
  window: tumbling,
  groupBy: ['country', 'payment_method'],
  filter: [{ field: 'total_amount', comparison: '>', value: 0 }],
  allowedLatenessMs: 5 * MINUTE,
};
const VISITORS: Aggregation = {
  name: 'visitors_5m',
  eventType: 'page_view',
  kind: 'count_distinct',
  field: 'user_id',
  window: { kind: 'sliding', durationMs: 5 * MINUTE, slideMs: MINUTE },
  groupBy: ['country'],
  filter: [],
  allowedLatenessMs: MINUTE, // of a file that says nothing
};

// From events that are published to windows that are read, as people do it.
describe('a pipeline', () => {
  let penstock: RunningPenstock;
  let domains: string;
  beforeAll(async () => {
    penstock = await RunningPenstock.start();
    domains = join(penstock.folder, 'domains-of-the-test');
    await cp(resolve('config'), domains, { recursive: true });
    await penstock.kill('SIGTERM');
    await penstock.serve({ DOMAINS_DIR: domains });
  }, PATIENCE_MS);
  afterAll(() => penstock.stop(), PATIENCE_MS);

  const deploy = (query = ''): Promise<{ status: number; body: Body }> =>
    penstock.post(`/pipelines/ecommerce/deploy${query}`);
  const kinds = ({ body }: { body: Body }, key: string, of: string): unknown[] => [
    ...new Set((body[key] as Body[]).map((step) => step[of])),
  ];
  const lines = async (path: string): Promise<Body[]> => {
    const answer = await fetch(new URL(path, penstock.url), { headers: { accept: 'application/x-ndjson' } });
    expect(answer.status).toBe(200);
    return (await answer.text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Body);
  };
  const stored = async (eventType: string): Promise<EventRow[]> => {
    const rows = await penstock.rows<Body & EventRow>(
      `SELECT * EXCEPT (_shard, _sequence_number, _timestamp, _batch, timestamp, _watermark),
         toInt64(toUnixTimestamp64Milli(timestamp)) AS timestamp, toInt64(toUnixTimestamp64Milli(_watermark)) AS watermark
       FROM default.ecommerce_${eventType} SETTINGS output_format_json_quote_64bit_integers = 0`,
    );
    return rows;
  };
  const agree = async (aggregation: Aggregation): Promise<number> => {
    const events = await stored(aggregation.eventType);
    const path = `/pipelines/ecommerce/aggregations/${aggregation.name}`;
    const found = (await lines(path)).map((row) => ({
      startMs: Date.parse(String(row['window_start'])),
      group: Object.fromEntries(aggregation.groupBy.map((field) => [field, row[field]])),
      value: row['value'],
      events: row['events'],
    }));
    expect(found).toEqual(expectedWindows(aggregation, events));
    const late = await lines(`${path}/late?limit=10000`);
    const places = late.map((row) => `${String(row['event_id'])}@${Date.parse(String(row['window_start']))}`);
    expect(places.sort()).toEqual(expectedLate(aggregation, events));
    return found.length;
  };
  const untilStored = (events: number): Promise<number> =>
    until(
      async () => {
        const { body } = await penstock.call('GET', '/pipelines/ecommerce');
        return ((body['event_types'] ?? []) as Body[]).reduce((sum, type) => sum + Number(type['rows']), 0);
      },
      (rows) => rows >= events,
    );

  it(
    'says what a deploy would do, does it, and then has nothing left to do',
    async () => {
      expect(await penstock.get('/pipelines')).toEqual({ pipelines: [] });
      const plan = await deploy('?dry_run=true');
      expect(plan).toMatchObject({ status: 200, body: { domain: 'ecommerce', dry_run: true } });
      expect(kinds(plan, 'aggregations', 'kind')).toEqual(['create']);
      expect((await penstock.call('GET', '/pipelines/ecommerce')).status).toBe(404);

      const done = await deploy();
      expect(done).toMatchObject({ status: 200, body: { domain: 'ecommerce', dry_run: false } });
      expect(kinds(done, 'events', 'action')).toEqual(['create']);
      const again = await penstock.cliJson('pipelines', 'deploy', 'ecommerce');
      expect(kinds({ body: again }, 'aggregations', 'kind')).toEqual(['keep']);
      expect(kinds({ body: again }, 'schemas', 'action')).toEqual(['keep']);
      expect(await penstock.get('/pipelines')).toMatchObject({
        pipelines: [{ domain: 'ecommerce', deployed_by: 'local' }],
      });
    },
    PATIENCE_MS,
  );

  it(
    'has in its windows what is in its events, though late and repeated, and though it was killed',
    async () => {
      const counts = ['--count', String(EVENTS), '--seed', '7', '--late', '0.1', '--duplicates', '0.1'];
      const produced = await penstock.cli('events', 'produce', 'ecommerce', ...counts);
      expect(produced.exitCode).toBe(0);
      await untilStored(1);
      await penstock.kill();
      await penstock.serve({ DOMAINS_DIR: domains });
      const repeated = Number(/(\d+) duplicate/u.exec(produced.stdout + produced.stderr)?.[1]);
      expect(repeated).toBeGreaterThan(0);
      expect(await untilStored(EVENTS - repeated)).toBe(EVENTS - repeated);
      expect(await agree(REVENUE)).toBeGreaterThan(5);
      expect(await agree(VISITORS)).toBeGreaterThan(5);
    },
    PATIENCE_MS,
  );

  it('pages and filters rows, and tells faults of the question', async () => {
    const path = '/pipelines/ecommerce/aggregations/revenue_per_minute';
    const answer = await fetch(new URL(`${path}?limit=1&group=country:FR`, penstock.url));
    expect(answer.headers.get('link')).toContain('cursor=');
    expect(await answer.json()).toMatchObject([{ country: 'FR' }]);
    const csv = await fetch(new URL(path, penstock.url), { headers: { accept: 'text/csv' } });
    expect(await csv.text()).toMatch(/^window_start,window_end,country,payment_method,value,events,changed_at\r\n/u);
    expect((await penstock.call('GET', `${path}?group=nothing:1`)).status).toBe(400);
    expect((await penstock.call('GET', `${path}?cursor=bm9uZQ`)).body['code']).toBe('cursor.invalid');
    const unknown = await penstock.call('GET', '/pipelines/ecommerce/aggregations/nothing');
    expect(unknown.body['code']).toBe('aggregation.unknown');
  });

  it(
    'counts again by a changed file, what was there and what comes meanwhile',
    async () => {
      const file = join(domains, 'domains', 'ecommerce.yaml');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace('group_by: [country, payment_method]', 'group_by: [device_type]'));
      await penstock.kill('SIGTERM');
      await penstock.serve({ DOMAINS_DIR: domains });
      const before = await untilStored(1);
      const [changed] = await Promise.all([
        deploy(),
        penstock.cli('events', 'produce', 'ecommerce', '--count', '300', '--seed', '8', '--event_type', 'purchase'),
      ]);
      const steps = changed.body['aggregations'] as Body[];
      const own = steps.filter(({ aggregation }) => aggregation === 'revenue_per_minute').map(({ kind }) => kind);
      expect(own).toEqual(['replace', 'backfill', 'remove']);
      await untilStored(before + 300);
      await agree({ ...REVENUE, groupBy: ['device_type'] });
      await agree(VISITORS);
    },
    PATIENCE_MS,
  );

  it(
    'is seen and removed on the command line',
    async () => {
      const status = await penstock.cli('pipelines', 'status', 'ecommerce');
      expect(status.stdout).toMatch(/revenue_per_minute +sum +default\.ecommerce_revenue_per_minute +ready/u);
      const removed = await penstock.cliJson('pipelines', 'remove', 'ecommerce', '--events', '--yes');
      expect(removed['connectors']).toHaveLength(5);
      const left = await penstock.rows(`SELECT name FROM system.tables WHERE startsWith(name, 'ecommerce_')`);
      expect(left).toEqual([]);
      expect((await penstock.cli('pipelines', 'status', 'ecommerce')).exitCode).toBe(66);
      expect((await penstock.call('DELETE', '/pipelines/ecommerce')).status).toBe(200);
      expect((await penstock.call('DELETE', '/pipelines/nothing')).body['code']).toBe('pipeline.unknown');
    },
    PATIENCE_MS,
  );
});
