import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../support/guarded-database.js';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

const MINUTE_MS = 60_000;
const CONFIG = join(import.meta.dirname, '..', '..', '..', 'config');

const SHOP = `
description: Sales of a shop
entity: { name: user, primary_key: user_id }
event_types:
  - { name: sale, attributes: [order_id], metrics: [total_amount], dimensions: [country] }
aggregations:
  - name: revenue
    event_type: sale
    type: sum
    field: total_amount
    window: { type: tumbling, duration: 1 minute }
    group_by: [country]
alerts:
  - { name: revenue_high, aggregation: revenue, op: ">", threshold: 1000, severity: critical }
postgres: { schema: analytics, delay: 200 }
`;

describe('windows of a deployed domain', { timeout: 120_000 }, () => {
  let folder: string;
  let service: RunningPenstock;
  let postgresUrl: string;
  let startMs: number;
  let sold = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penstock-domains-'));
    await mkdir(join(folder, 'domains'));
    await cp(join(CONFIG, 'platform.yaml'), join(folder, 'platform.yaml'));
    await writeFile(join(folder, 'domains', 'shop.yaml'), SHOP);
    service = await RunningPenstock.start({ DOMAINS_DIR: folder, FOLLOW_PLAN_MS: '200', FOLLOW_LEASE_MS: '2000' });
    const engines = (await service.cliJson('engines')) as Record<string, { url: string }>;
    postgresUrl = engines['postgres']!.url;
    startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const { status, body } = await service.post('/pipelines/shop/deploy');
    if (status !== 200) throw new Error(JSON.stringify(body));
  }, 300_000);
  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const sell = async (amount: number, country = 'FR'): Promise<void> => {
    sold += 1;
    const event = { order_id: `o-${sold}`, user_id: `u-${sold}`, total_amount: amount, country };
    const { status, body } = await service.post('/events/sale', { ...event, timestamp: startMs + sold });
    if (status !== 200) throw new Error(JSON.stringify(body));
  };
  /** Each on a connection of its own: the engine ends with the service that is killed. */
  const ask = async <T extends Body>(sql: string): Promise<T[]> =>
    withClient(postgresUrl, async (client) => (await client.query<T>(sql)).rows);
  const revenueIn = async (): Promise<Record<string, string>> => {
    const rows = await ask<{ country: string; value: string }>(
      'SELECT country, value FROM analytics.shop_revenue',
    ).catch(() => []); // not made yet
    return Object.fromEntries(rows.map(({ country, value }) => [country, value]));
  };
  const untilRevenue = (country: string, value: string): Promise<unknown> =>
    until(revenueIn, (found) => found[country] === value);
  const alerts = async (query = ''): Promise<Body[]> =>
    (await service.get(`/pipelines/shop/alerts${query}`))['alerts'] as Body[];
  /** Lines a command prints, as they come. */
  const linesOf = (child: ChildProcess): (() => string[]) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return () => text.split('\n').filter(Boolean);
  };

  it('are in PostgreSQL soon, and fire alerts', async () => {
    await sell(400);
    await sell(250, 'DE');
    await untilRevenue('FR', '400');
    await untilRevenue('DE', '250');
    await sell(700);
    await untilRevenue('FR', '1100');
    await until(
      () => alerts('?alert=revenue_high'),
      (found) => found.length === 1,
    );
    expect(await alerts()).toMatchObject([
      {
        alert: 'revenue_high',
        severity: 'critical',
        group: { country: 'FR' },
        first_value: '1100',
        last_value: '1100',
      },
    ]);
    const metrics = await until(
      async () => (await fetch(new URL('/metrics', service.url))).text(),
      (text) => text.includes('penstock_alerts_firing{domain="shop",alert="revenue_high",severity="critical"} 1'),
    );
    expect(metrics).toMatch(/sink_rows_total\{sink="postgres",table="analytics.shop_revenue"\} [3-9]/);
  });

  it('are right after the service was killed, and sold to meanwhile', async () => {
    await sell(10);
    await service.kill();
    await service.serve();
    await sell(10);
    await untilRevenue('FR', '1120');
    expect(await alerts()).toMatchObject([{ first_value: '1100' }]);
  });

  it('are told as server-sent events while they change', async () => {
    const leaving = new AbortController();
    const path = '/pipelines/shop/aggregations/revenue/changes';
    const answer = await fetch(new URL(path, service.url), { signal: leaving.signal });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    await sell(1, 'IT');
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.includes('"IT"')) break;
    }
    leaving.abort();
    const told = text.split('\n\n').find((event) => event.includes('"IT"'));
    expect(told).toMatch(/^id: \d{4}-\d\d-\d\dT[\d:.]+Z\nevent: window\ndata: \{/);
    expect(JSON.parse(told!.slice(told!.indexOf('{')))).toMatchObject({
      aggregation: 'revenue',
      window_start: new Date(startMs).toISOString(),
      value: '1',
      events: 1,
    });
    for (const wrong of ['/pipelines/nobody/aggregations/revenue/changes', '/pipelines/shop/aggregations/x/changes']) {
      expect((await service.call('GET', wrong)).status).toBe(404);
    }
  });

  it('are told on a command line, which Ctrl-C ends well', async () => {
    const child = service.spawnCli('pipelines', 'tail', 'shop', '--aggregation', 'revenue', '--json');
    const lines = linesOf(child);
    await sell(5, 'ES');
    await until(
      async () => lines(),
      (told) => told.some((line) => line.includes('"ES"')),
    );
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    for (const line of lines()) expect(JSON.parse(line)).toMatchObject({ aggregation: 'revenue' });
  });

  it('and their alerts are listed on the command line', async () => {
    expect(await service.cliJson('pipelines', 'status', 'shop')).toMatchObject({
      aggregations: [{ aggregation: 'revenue', postgres_table: 'analytics.shop_revenue' }],
      alerts: [{ alert: 'revenue_high', condition: '> 1000', severity: 'critical', firing: expect.any(Number) }],
    });
    expect((await service.cli('pipelines', 'status', 'shop')).stdout).toMatch(
      /revenue_high +revenue +> 1000 +critical/,
    );
    const { stdout, exitCode } = await service.cli('pipelines', 'alerts', 'shop');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/STATE +SEVERITY +ALERT/);
    expect(stdout).toContain('country=FR');
    expect((await service.cli('pipelines', 'alerts', 'nobody')).exitCode).toBe(66);
    expect((await service.cli('pipelines', 'tail', 'nobody')).exitCode).toBe(66);
  });

  it.each(['clickhouse', 'postgres'])('may come from elsewhere, as batches in %s', async (engine) => {
    const table = `/sinks/${engine}/tables/events_per_minute`;
    const columns = [
      { name: 'window_start', type: 'datetime' },
      { name: 'device_type', type: 'string' },
      { name: 'event_count', type: 'long' },
    ];
    expect(await service.post(`/sinks/${engine}/health`)).toMatchObject({ status: 200, body: { healthy: true } });
    const made = await service.call('PUT', table, { columns, order_by: ['window_start', 'device_type'] });
    expect(made).toMatchObject({ status: 200, body: { table: 'events_per_minute' } });
    const batch = {
      batch_id: '42',
      rows: [{ window: { start: '2025-12-14T13:45:00Z' }, device_type: 'mobile', count: 3 }],
      column_mapping: { 'window.start': 'window_start', device_type: 'device_type', count: 'event_count' },
    };
    for (const _ of [1, 2]) {
      expect(await service.post(`${table}/batches`, batch)).toMatchObject({ status: 200, body: { rows: 1 } });
    }
    const query = 'SELECT event_count FROM events_per_minute';
    const answer = await service.post('/execute/query', { query, engine });
    expect(answer.body['rows']).toHaveLength(1);
    const wrong = { ...batch, batch_id: '43', rows: [{ ...batch.rows[0], count: 'hunter2' }] };
    const refused = await service.post(`${table}/batches`, wrong);
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'rows.rejected', errors: [{ path: 'rows.0.event_count' }] },
    });
    expect(JSON.stringify(refused.body)).not.toContain('hunter2');
    expect((await service.post(`${table}/batches`, { ...batch, column_mapping: { count: 3 } })).status).toBe(400);
    expect((await service.call('PUT', table, { columns, primary_key: [1] })).status).toBe(400);
    expect((await service.post('/sinks/oracle/health')).status).toBe(400);
  });

  it('stay in PostgreSQL when the domain is removed', async () => {
    const before = await revenueIn();
    expect((await service.call('DELETE', '/pipelines/shop')).status).toBe(200);
    await until(
      () => ask("SELECT 1 FROM penstock.window_position WHERE domain = 'shop'"),
      (rows) => rows.length === 0,
    );
    expect(await revenueIn()).toEqual(before);
  });
});
