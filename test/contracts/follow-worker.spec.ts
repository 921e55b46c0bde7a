import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FollowWorker } from '../../src/application/event-pipelines/window-follow/follow-worker.js';
import type { DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import type { AlertRecord } from '../../src/domain/event-pipelines/window-alerts.js';
import type { Clock } from '../../src/domain/ports/clock.port.js';
import type { Log } from '../../src/domain/ports/log.port.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { PostgresDeployments } from '../../src/infrastructure/postgres/postgres-deployments.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresAlertRecords } from '../../src/infrastructure/postgres/sinks/postgres-alert-records.js';
import { PostgresWindowFollows } from '../../src/infrastructure/postgres/sinks/postgres-window-follows.js';
import { CountedMetrics } from '../support/counted-metrics.js';
import { freshName } from '../support/engine-of.js';
import { MemoryWindows } from '../support/memory-windows.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';
import { until } from '../support/until.js';

const NOBODY = 'postgres://nobody@127.0.0.1:9/none';
const LIMITS = { planMs: 50, pollMs: 50, leaseMs: 1000, alertsKeptMs: 86_400_000, mostAlerts: 1000 };
const MINUTE_MS = 60_000;
const REVENUE = SHOP_DOMAIN.aggregations[1]!;

/** The time there is, and hours later when a test says so. */
class MovableClock implements Clock {
  aheadMs = 0;
  private readonly clock = new SystemClock();

  nowMs(): number {
    return this.clock.nowMs() + this.aheadMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.clock.sleep(ms, signal);
  }
}

class Lines implements Log {
  readonly all: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  debug(): void {}
  info(message: string, fields = {}): void {
    this.all.push({ message, fields });
  }
  warning(message: string, fields = {}): void {
    this.all.push({ message, fields });
  }
  error(message: string): void {
    this.all.push({ message, fields: {} });
  }
  of(domain: string, message: string): unknown[] {
    return this.all.filter((line) => line.message === message && line.fields['domain'] === domain);
  }
}

describe('the worker that follows windows, on PostgreSQL', () => {
  let url: string;
  let client: Client;
  let pool: PostgresPool;
  let deployments: PostgresDeployments;
  let windows: MemoryWindows;
  let clock: MovableClock;
  let lines: Lines;
  let metrics: CountedMetrics;
  let workers: FollowWorker[] = [];
  let made = 0;

  beforeAll(async () => {
    url = await migratedPostgres();
    client = new Client({ connectionString: url });
    await client.connect();
    pool = new PostgresPool(async () => ({ url }), { poolSize: 4, statementTimeoutMs: 60_000 });
    deployments = new PostgresDeployments(pool, { statementTimeoutMs: 60_000 });
  });
  afterAll(async () => {
    await client.end();
    await pool.close();
  });
  beforeEach(() => {
    windows = new MemoryWindows();
    clock = new MovableClock();
    lines = new Lines();
    metrics = new CountedMetrics();
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    workers = [];
    for (const { domain } of await deployments.list()) await deployments.remove(domain.name);
  });

  const work = (own: PostgresPool = pool): FollowWorker => {
    const worker = new FollowWorker(`worker-${(made += 1)}`, {
      follows: new PostgresWindowFollows(own),
      alerts: new PostgresAlertRecords(own),
      deployments: new PostgresDeployments(own, { statementTimeoutMs: 60_000 }),
      windows,
      counts: { read: async () => [{ aggregation: 'revenue', lateEvents: 3 }] },
      clock,
      log: lines,
      metrics,
      limits: LIMITS,
    });
    workers.push(worker);
    worker.start();
    return worker;
  };
  const deployed = async (change: Partial<DomainConfig> = {}): Promise<DomainConfig> => {
    const domain = { ...SHOP_DOMAIN, name: freshName('shop'), postgres: { schema: 'public', delayMs: 100 }, ...change };
    await deployments.record({ domain, deployedBy: 'test' });
    return domain;
  };
  const tableOf = ({ name }: DomainConfig, aggregation = 'revenue'): string => `public.${name}_${aggregation}`;
  const valuesIn = async (table: string): Promise<string[]> => {
    const { rows } = await client
      .query<{ value: string }>(`SELECT value FROM ${table} ORDER BY window_start, country`)
      .catch(() => ({ rows: [] })); // it is on its way
    return rows.map(({ value }) => value);
  };
  const untilValues = (table: string, values: readonly string[]): Promise<string[]> =>
    until(
      () => valuesIn(table),
      (found) => found.join() === values.join(),
    );
  const alertsOf = async ({ name }: DomainConfig): Promise<readonly AlertRecord[]> =>
    (await new PostgresAlertRecords(pool).list({ domain: name, limit: 100 })).records;
  const revenue = (value: string, n = 0, change = {}): void => {
    const startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - n * MINUTE_MS;
    windows.set('revenue', { startMs, endMs: startMs + 5 * MINUTE_MS, value, group: { country: 'FR' }, ...change });
  };

  it('writes the windows there are, and then what changes', async () => {
    for (let n = 0; n < 3; n += 1) revenue(String(n), n, { changedAtMs: Date.now() - 86_400_000 });
    const domain = await deployed();
    work();
    await untilValues(tableOf(domain), ['2', '1', '0']);
    revenue('7', 1);
    await untilValues(tableOf(domain), ['2', '7', '0']);
    revenue('8', 0);
    revenue('3', 3);
    await untilValues(tableOf(domain), ['3', '2', '7', '8']);
    expect(metrics.of('sink_rows_total', 'postgres', tableOf(domain))).toBe(6);
  });

  it('writes more windows than fit a page, also when all have changed at once', async () => {
    const changedAtMs = Date.now();
    const rows = 11_000;
    for (let n = 0; n < rows; n += 1)
      windows.set('views_per_minute', { startMs: n * MINUTE_MS, value: '1', changedAtMs });
    const domain = await deployed();
    work();
    const sum = async (): Promise<string> => {
      const { rows: found } = await client
        .query<{ sum: string }>(`SELECT sum(value) FROM ${tableOf(domain, 'views_per_minute')}`)
        .catch(() => ({ rows: [] }));
      return found[0]?.sum ?? '';
    };
    await until(sum, (total) => total === String(rows));
    const laterMs = Date.now();
    for (let n = 0; n < rows; n += 1) {
      windows.set('views_per_minute', { startMs: n * MINUTE_MS, value: '2', events: 2, changedAtMs: laterMs });
    }
    await until(sum, (total) => total === String(2 * rows));
  });

  it('goes on where another left off that was killed', async () => {
    revenue('1');
    const domain = await deployed();
    const own = new PostgresPool(async () => ({ url }), { poolSize: 4, statementTimeoutMs: 60_000 });
    const killed = work(own);
    await untilValues(tableOf(domain), ['1']);
    // Nothing is given back by who cannot reach anything any more.
    const ended = own.close();
    await killed.stop();
    await ended;
    revenue('2');
    work();
    await untilValues(tableOf(domain), ['2']);
  });

  it('lets one of two processes follow a domain, and the other when the first has stopped', async () => {
    const domain = await deployed();
    const first = work();
    const following = async (): Promise<number> => lines.of(domain.name, 'Following the windows of a domain').length;
    await until(following, (times) => times === 1);
    work();
    revenue('1');
    await untilValues(tableOf(domain), ['1']);
    expect(await following()).toBe(1);
    await first.stop();
    await until(following, (times) => times === 2);
    revenue('2');
    await untilValues(tableOf(domain), ['2']);
  });

  it('waits for PostgreSQL and for ClickHouse, and misses nothing', async () => {
    let place = url;
    const own = new PostgresPool(async () => ({ url: place }), { poolSize: 4, statementTimeoutMs: 60_000 });
    const domain = await deployed();
    work(own);
    revenue('1');
    await untilValues(tableOf(domain), ['1']);
    const failures = async (): Promise<number> => lines.of(domain.name, 'Windows cannot be followed').length;
    place = NOBODY;
    revenue('2');
    await until(failures, (times) => times === 1);
    place = url;
    await untilValues(tableOf(domain), ['2']);
    windows.isAway = true;
    await until(failures, (times) => times === 2);
    windows.isAway = false;
    revenue('3');
    await untilValues(tableOf(domain), ['3']);
    await workers[0]?.stop();
    await own.close();
  });

  it('begins anew when the definition has changed', async () => {
    revenue('1', 1);
    revenue('2');
    const domain = await deployed();
    work();
    await untilValues(tableOf(domain), ['1', '2']);
    windows.clear();
    revenue('5');
    const filter = [{ field: 'total_amount', comparison: '>', value: 5 } as const];
    const aggregations = domain.aggregations.map((each) => (each.name === 'revenue' ? { ...REVENUE, filter } : each));
    await deployments.record({ domain: { ...domain, aggregations }, deployedBy: 'test' });
    await untilValues(tableOf(domain), ['5']);
  });

  it('makes a table anew that somebody has dropped', async () => {
    revenue('1', 1);
    const domain = await deployed();
    work();
    await untilValues(tableOf(domain), ['1']);
    await client.query(`DROP TABLE ${tableOf(domain)}`);
    revenue('2');
    await untilValues(tableOf(domain), ['1', '2']);
  });

  it("leaves a stranger's table alone, and follows the other aggregations", async () => {
    const name = freshName('shop');
    await client.query(`CREATE TABLE public.${name}_views_per_minute AS SELECT 1 AS mine`);
    const domain = await deployed({ name });
    revenue('1');
    work();
    await untilValues(tableOf(domain), ['1']);
    const warned = lines.of(name, 'Windows of an aggregation cannot be followed');
    expect(warned).toMatchObject([{ fields: { aggregation: 'views_per_minute' } }]);
    expect((await client.query(`SELECT * FROM public.${name}_views_per_minute`)).rows).toEqual([{ mine: 1 }]);
  });

  it('keeps tables of domains that are removed, and resolves their alerts', async () => {
    revenue('100001');
    const domain = await deployed();
    work();
    await until(
      () => alertsOf(domain),
      ([alert]) => alert?.state === 'firing',
    );
    await deployments.remove(domain.name);
    await until(
      () => alertsOf(domain),
      ([alert]) => alert?.resolution === 'removed',
    );
    await until(
      () => new PostgresWindowFollows(pool).positions(domain.name),
      (positions) => positions.length === 0,
    );
    expect(await valuesIn(tableOf(domain))).toEqual(['100001']);
  });

  it('begins anew when a domain was removed and deployed again, however quickly', async () => {
    revenue('1', 1);
    const domain = await deployed();
    work();
    await untilValues(tableOf(domain), ['1']);
    windows.clear();
    revenue('7');
    await deployments.remove(domain.name);
    await deployments.record({ domain, deployedBy: 'test' });
    await untilValues(tableOf(domain), ['7']);
  });

  describe('alerts', () => {
    const { postgres: _, ...ALERTS_ONLY } = { ...SHOP_DOMAIN, postgres: undefined };
    const LOW = {
      name: 'revenue_low',
      aggregation: 'revenue',
      comparison: '<',
      threshold: 50,
      severity: 'critical',
    } as const;
    const alertsOnly = async (alerts: DomainConfig['alerts']): Promise<DomainConfig> => {
      const domain = { ...ALERTS_ONLY, name: freshName('shop'), alerts };
      await deployments.record({ domain, deployedBy: 'test' });
      return domain;
    };

    it('fire and are resolved without a table, and each is told once', async () => {
      const domain = await alertsOnly(SHOP_DOMAIN.alerts);
      work();
      revenue('100001');
      await until(
        () => alertsOf(domain),
        ([alert]) => alert?.state === 'firing',
      );
      revenue('200000', 0, { events: 2 });
      await until(
        () => alertsOf(domain),
        ([alert]) => alert?.lastValue === '200000',
      );
      revenue('3', 0, { events: 3 });
      await until(
        () => alertsOf(domain),
        ([alert]) => alert?.resolution === 'cleared',
      );
      expect(lines.of(domain.name, 'An alert fires')).toMatchObject([
        { fields: { alert: 'revenue_high', severity: 'warning', value: '100001' } },
      ]);
      expect(lines.of(domain.name, 'An alert is resolved')).toHaveLength(1);
      expect(metrics.of('penstock_alert_changes_total', domain.name, 'revenue_high', 'firing')).toBe(1);
    });

    it('of values that are too low wait until the window is over, and are resolved when it has passed', async () => {
      const domain = await alertsOnly([LOW]);
      work();
      const startMs = Date.now(); // so that it fires for a minute, and not for what is left of one
      revenue('10', 0, { startMs, endMs: startMs + 5 * MINUTE_MS });
      await until(
        async () => windows.rounds,
        (rounds) => rounds > 2,
      );
      expect(await alertsOf(domain)).toEqual([]);
      clock.aheadMs = 5 * MINUTE_MS + REVENUE.allowedLatenessMs + 1;
      await until(
        () => alertsOf(domain),
        ([alert]) => alert?.alert === 'revenue_low' && alert.state === 'firing',
      );
      clock.aheadMs += 2 * MINUTE_MS;
      await until(
        async () => new PostgresAlertRecords(pool).firing(domain.name),
        (firing) => firing.length === 0,
      );
    });

    it('of windows long ago are kept as passed, and are no news', async () => {
      revenue('100001', 1000);
      const domain = await alertsOnly([...SHOP_DOMAIN.alerts, { ...LOW, threshold: 1_000_000 }]);
      work();
      await until(
        () => alertsOf(domain),
        (alerts) => alerts.length === 2,
      );
      expect(await alertsOf(domain)).toMatchObject([
        { state: 'resolved', resolution: 'passed' },
        { state: 'resolved', resolution: 'passed' },
      ]);
      expect(lines.of(domain.name, 'An alert fires')).toEqual([]);
    });
  });
});
