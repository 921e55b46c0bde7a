import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import { evaluateAlerts } from '../../src/domain/event-pipelines/window-alerts.js';
import { groupKeyOf, type WindowState, windowTableOf } from '../../src/domain/event-pipelines/window-table.js';
import type { AlertRecords } from '../../src/domain/ports/alert-records.port.js';
import type {
  FollowedPage,
  FollowLease,
  FollowPosition,
  WindowFollows,
} from '../../src/domain/ports/window-follows.port.js';
import { freshName } from '../support/engine-of.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';
import { until } from '../support/until.js';

export interface WindowFollowsHarness {
  readonly follows: WindowFollows;
  readonly alerts: AlertRecords;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: WindowFollows;
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

const LONG_MS = 600_000;
const MINUTE_MS = 60_000;
const NOON_MS = Date.UTC(2026, 0, 1, 12);
const REVENUE = SHOP_DOMAIN.aggregations[1]!;

export function shopIn(schema: string): DomainConfig {
  return { ...SHOP_DOMAIN, name: freshName('shop'), postgres: { schema, delayMs: 500 } };
}

export function window(change: Partial<WindowState> = {}): WindowState {
  const startMs = change.startMs ?? NOON_MS;
  const base = { startMs, endMs: startMs + REVENUE.window.durationMs, group: { country: 'FR' } };
  return { ...base, value: '10', events: 1, changedAtMs: NOON_MS, ...change };
}

/** What every adapter of WindowFollows, with its AlertRecords, promises. */
export function windowFollowsContract(engine: string, open: () => Promise<WindowFollowsHarness>): void {
  describe(`WindowFollows on ${engine}`, () => {
    let at: WindowFollowsHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const positionOf = (domain: DomainConfig, change: Partial<FollowPosition> = {}): FollowPosition => ({
      domain: domain.name,
      aggregation: REVENUE.name,
      fingerprint: 'first',
      isFilled: true,
      toldMs: NOON_MS,
      decidedMs: NOON_MS,
      ...change,
    });
    const pageOf = (domain: DomainConfig, states: readonly WindowState[], nowMs = NOON_MS): FollowedPage => {
      const table = windowTableOf(domain, REVENUE);
      const windows = states.map((state) => ({ state, groupKey: groupKeyOf(REVENUE, state.group) }));
      const evaluations = windows.flatMap(({ state, groupKey }) =>
        evaluateAlerts(domain.alerts, REVENUE, { window: state, groupKey, nowMs }),
      );
      return { position: positionOf(domain), windows, evaluations, nowMs, ...(table && { table }) };
    };
    const take = async ({ name }: DomainConfig, holder = 'one', leaseMs = LONG_MS): Promise<FollowLease> =>
      (await at.follows.take(name, holder, leaseMs))!;
    const begun = async (): Promise<{ domain: DomainConfig; lease: FollowLease; table: string }> => {
      const domain = shopIn(freshName('windows'));
      const lease = await take(domain);
      await at.follows.begin(lease, positionOf(domain), windowTableOf(domain, REVENUE));
      return { domain, lease, table: `${domain.postgres!.schema}.${domain.name}_revenue` };
    };

    describe('leases', () => {
      it('lets one holder follow a domain at a time', async () => {
        const domain = shopIn('public');
        const lease = await take(domain);
        expect(await at.follows.take(domain.name, 'two', LONG_MS)).toBeUndefined();
        expect(await at.follows.take(domain.name, 'one', LONG_MS)).toEqual(lease);
        await at.follows.release(lease);
        expect(await at.follows.take(domain.name, 'two', LONG_MS)).toMatchObject({ domain: domain.name });
      });

      it('passes to somebody else when its time is over, and refuses what the former holder writes', async () => {
        const domain = shopIn('public');
        const former = await take(domain, 'one', 50);
        const later = await until(
          () => at.follows.take(domain.name, 'two', LONG_MS),
          (lease) => lease !== undefined,
        );
        expect(later?.fence).not.toBe(former.fence);
        const lost = { code: 'lease.lost' };
        await expect(at.follows.begin(former, positionOf(domain), undefined)).rejects.toMatchObject(lost);
        await expect(at.follows.write(former, pageOf(domain, []))).rejects.toMatchObject(lost);
        await expect(at.follows.retire(former, [])).rejects.toMatchObject(lost);
        await expect(at.alerts.pass(former, [], NOON_MS)).rejects.toMatchObject(lost);
        expect(await at.follows.positions(domain.name)).toEqual([]);
        await at.follows.release(former);
        expect(await at.follows.take(domain.name, 'three', LONG_MS)).toBeUndefined();
      });
    });

    describe('the table', () => {
      it('is made with its schema, columns of groups, and a key', async () => {
        const { table, domain, lease } = await begun();
        const { written } = await at.follows.write(
          lease,
          pageOf(domain, [window(), window({ group: { country: null } })]),
        );
        expect(written).toBe(2);
        expect(await at.rows(`SELECT * FROM ${table} ORDER BY country`)).toMatchObject([
          {
            window_start: new Date(NOON_MS),
            window_end: new Date(NOON_MS + REVENUE.window.durationMs),
            country: 'FR',
            value: '10',
            events: '1',
            changed_at: new Date(NOON_MS),
          },
          { country: null },
        ]);
      });

      it('is emptied when following begins anew, and what depends on it stays', async () => {
        const { table, domain, lease } = await begun();
        await at.follows.write(lease, pageOf(domain, [window()]));
        await at.run(`CREATE VIEW ${table}_seen AS SELECT * FROM ${table}`);
        await at.follows.begin(lease, positionOf(domain, { fingerprint: 'second' }), windowTableOf(domain, REVENUE));
        expect(await at.rows(`SELECT * FROM ${table}_seen`)).toEqual([]);
        expect(await at.follows.positions(domain.name)).toEqual([positionOf(domain, { fingerprint: 'second' })]);
      });

      it('is made anew when its groups have changed', async () => {
        const { table, domain, lease } = await begun();
        const grouped = { ...REVENUE, groupBy: ['country', 'value'] };
        await at.follows.begin(lease, positionOf(domain), windowTableOf(domain, grouped));
        expect(await at.rows(`SELECT country, group_value, value FROM ${table}`)).toEqual([]);
      });

      it('is never taken from somebody else', async () => {
        const domain = shopIn(freshName('windows'));
        const { schema } = domain.postgres!;
        await at.run(`CREATE SCHEMA ${schema}`);
        await at.run(`CREATE TABLE ${schema}.${domain.name}_revenue AS SELECT 1 AS mine`);
        const begin = at.follows.begin(await take(domain), positionOf(domain), windowTableOf(domain, REVENUE));
        await expect(begin).rejects.toMatchObject({ code: 'table.exists' });
        expect(await at.rows(`SELECT mine FROM ${schema}.${domain.name}_revenue`)).toEqual([{ mine: 1 }]);
        expect(await at.follows.positions(domain.name)).toEqual([]);
      });

      it('is missed by its name when somebody has dropped it', async () => {
        const { table, domain, lease } = await begun();
        await at.run(`DROP TABLE ${table}`);
        await expect(at.follows.write(lease, pageOf(domain, [window()]))).rejects.toMatchObject({
          code: 'table.unknown',
        });
      });

      it('takes any texts as groups', async () => {
        const { table, domain, lease } = await begun();
        const groups = ['', "o'clock", 'a\0b', '\ud800', 'x'.repeat(100_000)].map((country) => ({ country }));
        const { written } = await at.follows.write(
          lease,
          pageOf(
            domain,
            groups.map((group) => window({ group })),
          ),
        );
        expect(written).toBe(5);
        const [{ longest } = {}] = await at.rows(`SELECT max(length(country)) AS longest FROM ${table}`);
        expect(longest).toBe(100_000);
      });
    });

    describe('windows', () => {
      const valuesIn = async (table: string): Promise<unknown[]> =>
        (await at.rows(`SELECT value FROM ${table} ORDER BY window_start`)).map(({ value }) => value);

      it('are replaced by newer states, and never by older ones', async () => {
        const { table, domain, lease } = await begun();
        const write = async (value: string, changedAtMs: number, events: number): Promise<number> =>
          (await at.follows.write(lease, pageOf(domain, [window({ value, changedAtMs, events })]))).written;
        expect(await write('20', NOON_MS + 2, 2)).toBe(1);
        expect(await write('10', NOON_MS + 1, 1)).toBe(0);
        expect(await valuesIn(table)).toEqual(['20']);
        expect(await write('20', NOON_MS + 2, 2)).toBe(0);
        expect(await write('15', NOON_MS + 2, 1)).toBe(0);
        expect(await write('25', NOON_MS + 2, 3)).toBe(1);
        expect(await write('30.000000000000000000001', NOON_MS + 3, 4)).toBe(1);
        expect(await valuesIn(table)).toEqual(['30.000000000000000000001']);
      });

      it('are one row when a page has them twice, and may be without a value', async () => {
        const { table, domain, lease } = await begun();
        const states = [window({ value: '1' }), window({ value: null, events: 2 })];
        await at.follows.write(lease, pageOf(domain, states));
        expect(await valuesIn(table)).toEqual([null]);
      });

      it('are kept together with the position, or neither', async () => {
        const { domain, lease, table } = await begun();
        const moved = positionOf(domain, { toldMs: NOON_MS + 5, isFilled: false, fillCursor: 'page-2' });
        await at.follows.write(lease, { ...pageOf(domain, [window()]), position: moved });
        expect(await at.follows.positions(domain.name)).toEqual([moved]);
        const page = pageOf(domain, [window({ startMs: NOON_MS + MINUTE_MS, value: 'not a number' })]);
        const further = positionOf(domain, { toldMs: NOON_MS + 9 });
        await expect(at.follows.write(lease, { ...page, position: further })).rejects.toMatchObject({
          code: 'database.refused',
        });
        expect(await at.follows.positions(domain.name)).toEqual([moved]);
        expect(await valuesIn(table)).toEqual(['10']);
      });

      it('stay when their aggregation is not followed any more, without a position', async () => {
        const { domain, lease, table } = await begun();
        await at.follows.write(lease, pageOf(domain, [window()]));
        await at.follows.retire(lease, [REVENUE.name]);
        expect(await at.follows.positions(domain.name)).toHaveLength(1);
        await at.follows.retire(lease, []);
        expect(await at.follows.positions(domain.name)).toEqual([]);
        expect(await valuesIn(table)).toEqual(['10']);
      });
    });

    describe('alerts', () => {
      const HIGH = { value: '100001' };
      const later = (change: Partial<WindowState>, ms = 1): WindowState =>
        window({ changedAtMs: NOON_MS + ms, ...change });

      it('begin to fire once, and are resolved once', async () => {
        const { domain, lease } = await begun();
        const write = async (...states: WindowState[]): Promise<unknown[]> =>
          (await at.follows.write(lease, pageOf(domain, states))).changes.map(({ state }) => state);
        expect(await write(window())).toEqual([]);
        expect(await write(later(HIGH))).toEqual(['firing']);
        expect(await write(later(HIGH), later({ value: '200000', events: 3 }, 2))).toEqual([]);
        expect(await at.alerts.firing(domain.name)).toEqual([
          { alert: 'revenue_high', severity: 'warning', windows: 1 },
        ]);
        expect(await write(later({ value: '5' }, 3))).toEqual(['resolved']);
        expect(await write(later(HIGH, 2))).toEqual([]);
        const { records } = await at.alerts.list({ domain: domain.name, limit: 10 });
        expect(records).toMatchObject([
          {
            alert: 'revenue_high',
            aggregation: 'revenue',
            severity: 'warning',
            state: 'resolved',
            resolution: 'cleared',
            firstValue: '100001',
            lastValue: '5',
            windowStartMs: NOON_MS,
            group: { country: 'FR' },
            resolvedAtMs: NOON_MS,
          },
        ]);
      });

      it('are resolved when their window has passed, or nobody wants them any more', async () => {
        const { domain, lease } = await begun();
        const next = later({ ...HIGH, startMs: NOON_MS + MINUTE_MS });
        await at.follows.write(lease, pageOf(domain, [later(HIGH), next]));
        const { records } = await at.alerts.list({ domain: domain.name, limit: 10 });
        const passesAtMs = Math.min(...records.map((record) => record.passesAtMs));
        expect(await at.alerts.pass(lease, ['revenue_high'], passesAtMs - 1)).toEqual([]);
        expect(await at.alerts.pass(lease, ['revenue_high'], passesAtMs)).toMatchObject([
          { state: 'resolved', resolution: 'passed', windowStartMs: NOON_MS },
        ]);
        expect(await at.alerts.pass(lease, [], passesAtMs)).toMatchObject([{ resolution: 'removed' }]);
        expect(await at.alerts.firing(domain.name)).toEqual([]);
      });

      it('are listed newest first, page by page and by state', async () => {
        const { domain, lease } = await begun();
        const states = [0, 1, 2].map((n) => later({ ...HIGH, startMs: NOON_MS + n * MINUTE_MS }));
        for (const state of states) await at.follows.write(lease, pageOf(domain, [state]));
        await at.follows.write(lease, pageOf(domain, [later({ value: '1', startMs: NOON_MS + MINUTE_MS }, 9)]));
        const first = await at.alerts.list({ domain: domain.name, limit: 2 });
        expect(first.records.map(({ windowStartMs }) => windowStartMs - NOON_MS)).toEqual([2 * MINUTE_MS, MINUTE_MS]);
        const second = await at.alerts.list({ domain: domain.name, limit: 2, cursor: first.next! });
        expect(second).toMatchObject({ records: [{ windowStartMs: NOON_MS }] });
        expect(second.next).toBeUndefined();
        const firing = await at.alerts.list({ domain: domain.name, limit: 9, state: 'firing', alert: 'revenue_high' });
        expect(firing.records).toHaveLength(2);
        expect((await at.alerts.list({ domain: domain.name, limit: 9, alert: 'other' })).records).toEqual([]);
        const wrong = at.alerts.list({ domain: domain.name, limit: 9, cursor: 'bm9uZQ' });
        await expect(wrong).rejects.toMatchObject({ code: 'cursor.invalid' });
      });

      it('are forgotten when they are old, and the oldest of too many', async () => {
        const { domain, lease } = await begun();
        const states = [0, 1, 2, 3].map((n) => later({ ...HIGH, startMs: NOON_MS + n * MINUTE_MS }));
        await at.follows.write(lease, pageOf(domain, states));
        await at.follows.write(lease, pageOf(domain, [later({ value: '1', startMs: NOON_MS + 3 * MINUTE_MS }, 9)]));
        expect(await at.alerts.sweep(domain.name, NOON_MS, 100)).toBe(0);
        expect(await at.alerts.sweep(domain.name, NOON_MS + 1, 100)).toBe(1);
        expect(await at.alerts.sweep(domain.name, 0, 1)).toBe(2);
        const { records } = await at.alerts.list({ domain: domain.name, limit: 9 });
        expect(records.map(({ windowStartMs }) => windowStartMs - NOON_MS)).toEqual([2 * MINUTE_MS]);
      });
    });

    it('says that the engine does not answer', async () => {
      await expect(at.unreachable.take('shop', 'one', LONG_MS)).rejects.toMatchObject({ code: 'database.unreachable' });
    });
  });
}
