import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Aggregation } from '../../../src/domain/event-pipelines/domain-config.js';
import { DeployedEcommerce, REVENUE, VISITORS } from '../../support/deployed-domain.js';
import { type Body, RunningPenstock } from '../../support/running-penstock.js';

const PATIENCE_MS = 240_000;
const EVENTS = 2000;

// From events that are published to windows that are read, as people do it.
describe('a pipeline', () => {
  let penstock: RunningPenstock;
  let domains: string;
  let ecommerce: DeployedEcommerce;
  beforeAll(async () => {
    penstock = await RunningPenstock.start();
    ecommerce = new DeployedEcommerce(penstock);
    domains = join(penstock.folder, 'domains-of-the-test');
    await cp(resolve('config'), domains, { recursive: true });
    await penstock.kill('SIGTERM');
    await penstock.serve({ DOMAINS_DIR: domains });
  }, PATIENCE_MS);
  afterAll(() => penstock.stop(), PATIENCE_MS);

  const agree = async (aggregation: Aggregation): Promise<number> => {
    const { windows, expected, late, expectedLate } = await ecommerce.compare(aggregation);
    expect(windows).toEqual(expected);
    expect(late).toEqual(expectedLate);
    return windows.length;
  };
  const kinds = ({ body }: { body: Body }, key: string, of: string): unknown[] => [
    ...new Set((body[key] as Body[]).map((step) => step[of])),
  ];

  it(
    'says what a deploy would do, does it, and then has nothing left to do',
    async () => {
      expect(await penstock.get('/pipelines')).toEqual({ pipelines: [] });
      const plan = await ecommerce.deploy('?dry_run=true');
      expect(plan).toMatchObject({ status: 200, body: { domain: 'ecommerce', dry_run: true } });
      expect(kinds(plan, 'aggregations', 'kind')).toEqual(['create']);
      expect((await penstock.call('GET', '/pipelines/ecommerce')).status).toBe(404);

      const done = await ecommerce.deploy();
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
      await ecommerce.untilStored(1);
      await penstock.kill();
      await penstock.serve({ DOMAINS_DIR: domains });
      const repeated = Number(/(\d+) duplicate/u.exec(produced.stdout + produced.stderr)?.[1]);
      expect(repeated).toBeGreaterThan(0);
      expect(await ecommerce.untilStored(EVENTS - repeated)).toBe(EVENTS - repeated);
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
      const before = await ecommerce.untilStored(1);
      const [changed] = await Promise.all([
        ecommerce.deploy(),
        penstock.cli('events', 'produce', 'ecommerce', '--count', '300', '--seed', '8', '--event_type', 'purchase'),
      ]);
      const steps = changed.body['aggregations'] as Body[];
      const own = steps.filter(({ aggregation }) => aggregation === 'revenue_per_minute').map(({ kind }) => kind);
      expect(own).toEqual(['replace', 'backfill', 'remove']);
      await ecommerce.untilStored(before + 300);
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
