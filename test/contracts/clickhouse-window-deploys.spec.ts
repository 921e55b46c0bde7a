import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Aggregation, DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import { defineWindows } from '../../src/domain/event-pipelines/window-definition.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseAggregateWindows } from '../../src/infrastructure/clickhouse/windows/clickhouse-aggregate-windows.js';
import { ClickhouseWindowCounts } from '../../src/infrastructure/clickhouse/windows/clickhouse-window-counts.js';
import { windowNames } from '../../src/infrastructure/clickhouse/windows/window-names.js';
import {
  backfillStatements,
  createStatements,
  dropStatement,
  forgetStatements,
  gateStatement,
  switchStatements,
  type WindowBuild,
} from '../../src/infrastructure/clickhouse/windows/window-statements.js';
import { type ClickHouseProcess, startClickHouse, stopClickHouse } from '../support/clickhouse-process.js';
import { freshName } from '../support/engine-of.js';
import { createEventTables, insertEvents } from '../support/event-tables.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';
import { type EventRow, expectedWindows } from '../support/window-model.js';

const NOON = Date.UTC(2026, 2, 1, 12);
const MINUTE = 60_000;
const PATIENCE_MS = 180_000;
const OPTIONS = { insertTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

const SUM: Aggregation = {
  name: 'revenue',
  eventType: 'purchase',
  kind: 'sum',
  field: 'total_amount',
  window: { kind: 'sliding', durationMs: 5 * MINUTE, slideMs: MINUTE },
  groupBy: ['country'],
  filter: [],
  allowedLatenessMs: 0,
};

function purchases(stem: string, count: number): EventRow[] {
  return Array.from({ length: count }, (_, n) => ({
    event_id: `${stem}-${n}`,
    timestamp: NOON + n * 1000,
    user_id: 'ada',
    order_id: null,
    total_amount: n,
    quantity: null,
    device_type: 'mobile',
    country: n % 2 === 0 ? 'FR' : 'DE',
    watermark: n % 7 === 0 ? NOON + 4 * MINUTE : 0,
  }));
}

describe('windows in an engine that dies', () => {
  let folder: string;
  let engine: ClickHouseProcess;
  let client: ClickHouseClient;
  let connection: ClickhouseConnection;
  let domain: DomainConfig;

  const start = async (): Promise<void> => {
    engine = await startClickHouse(join(folder, 'data'));
    const { url, username, password } = engine;
    client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
    const place = { url, user: username, password };
    connection = new ClickhouseConnection(async () => place, { maxConnections: 8, idleTimeoutMs: 60_000 });
  };
  const stop = async (signal?: NodeJS.Signals): Promise<void> => {
    await stopClickHouse(engine, signal);
    await Promise.all([client.close(), connection.close()]);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penstock-windows-'));
    await start();
  });
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    domain = { ...SHOP_DOMAIN, name: freshName('shop'), aggregations: [SUM] };
  });

  const windows = (through = connection): ClickhouseAggregateWindows =>
    new ClickhouseAggregateWindows(through, OPTIONS);
  const insert = (token: string, events: readonly EventRow[]): Promise<void> =>
    insertEvents(client, domain, 'purchase', { token, events });
  const told = async (): Promise<unknown[]> => {
    const { rows } = await windows().windows(domain, domain.aggregations[0] ?? SUM, { limit: 10_000 });
    return rows.map(({ startMs, group, value, events }) => ({ startMs, group, value, events }));
  };

  it('finishes in the windows what reached only the table, when the insert comes again', async () => {
    await createEventTables(client, domain);
    await windows().deploy(domain);
    const before = purchases('before', 50);
    await insert('s-1', before);
    // A view that refuses: the events are stored, and the insert fails on its way through the views.
    const table = `default.${domain.name}_purchase`;
    await client.command({
      query: `CREATE MATERIALIZED VIEW default.${domain.name}_broken ENGINE = Null AS SELECT throwIf(1) AS a FROM ${table}`,
    });
    const after = purchases('after', 50);
    await expect(insert('s-2', after)).rejects.toThrow();
    await client.command({ query: `DROP TABLE default.${domain.name}_broken SYNC` });
    await insert('s-2', after);
    expect(await told()).toEqual(expectedWindows(SUM, [...before, ...after]));
  });

  it(
    'counts every event once when the engine is killed in the middle of inserts',
    async () => {
      await createEventTables(client, domain);
      await windows().deploy(domain);
      const batches = Array.from({ length: 12 }, (_, n) => purchases(`b${n}`, 400));
      // As many as get through; then the engine dies, at whatever step of whichever insert.
      const sent = Promise.allSettled(batches.map((events, n) => insert(`s-${n}`, events)));
      await insert('s-0', batches[0] ?? []).catch(() => undefined);
      await stop('SIGKILL');
      await sent;
      await start();
      for (const [n, events] of batches.entries()) await insert(`s-${n}`, events);
      expect(await told()).toEqual(expectedWindows(SUM, batches.flat()));
    },
    PATIENCE_MS,
  );

  it(
    'finishes a deploy that was cut off after any of its statements',
    async () => {
      await createEventTables(client, domain);
      const events = purchases('old', 60);
      await insert('s-0', events);
      await windows().deploy(domain);
      const changed = { ...SUM, groupBy: [], allowedLatenessMs: 2 * MINUTE };
      domain = { ...domain, aggregations: [changed] };
      let statements = 0;
      for (let isCut = true; isCut; statements += 1) {
        // From the first definition again: what an earlier try left behind stays.
        const cut = cutOff(connection, statements);
        isCut = await windows(cut)
          .deploy(domain)
          .then(
            () => false,
            () => true,
          );
        const more = purchases(`more${statements}`, 3);
        events.push(...more);
        await insert(`s-m${statements}`, more);
        if (isCut) await insert('s-0', events.slice(0, 60)); // an old one comes again
      }
      expect(statements).toBeGreaterThan(10);
      expect(await told()).toEqual(expectedWindows(changed, events));
      const left = await client.query({
        query: `SELECT name FROM system.tables WHERE database = 'default' AND startsWith(name, {stem: String}) ORDER BY name`,
        query_params: { stem: `${domain.name}_revenue` },
        format: 'JSONEachRow',
      });
      expect(await left.json()).toHaveLength(8);
      expect((await windows().deploy(domain)).map(({ kind }) => kind)).toEqual(['keep']);
      expect(await told()).toEqual(expectedWindows(changed, events));
    },
    PATIENCE_MS,
  );

  it(
    'does not count an insert twice that was under way when its table got windows',
    async () => {
      await createEventTables(client, domain);
      const table = `default.${domain.name}_purchase`;
      // A view that is slow keeps each insert under way for a while.
      await client.command({
        query: `CREATE MATERIALIZED VIEW default.${domain.name}_slow ENGINE = Null AS SELECT sleep(1) AS a FROM ${table}`,
      });
      const events = purchases('slow', 40);
      const inserting = insert('s-1', events);
      await windows().deploy(domain);
      await inserting;
      await client.command({ query: `DROP TABLE default.${domain.name}_slow SYNC` });
      expect(await told()).toEqual(expectedWindows(SUM, events));
      await insert('s-1', events);
      expect(await told()).toEqual(expectedWindows(SUM, events));
    },
    PATIENCE_MS,
  );

  it('tells operators how far aggregates are', async () => {
    await createEventTables(client, domain);
    await windows().deploy(domain);
    const counts = new ClickhouseWindowCounts(connection, OPTIONS);
    expect(await counts.read(domain)).toEqual([{ aggregation: 'revenue', lateEvents: 0 }]);
    await insert('s-1', purchases('a', 8));
    const [count] = await counts.read(domain);
    expect(count).toMatchObject({ aggregation: 'revenue', lastWindowStartMs: NOON, lateEvents: 8 });
    expect(count?.changedAtMs).toBeGreaterThan(NOON);
  });
});

/** A connection that is lost for good after so many statements that change something. */
function cutOff(connection: ClickhouseConnection, statements: number): ClickhouseConnection {
  let left = statements;
  const client = async (): Promise<ClickHouseClient> => {
    const real = await connection.client();
    return new Proxy(real, {
      get: (target, name) => {
        if (name !== 'command') return Reflect.get(target, name) as unknown;
        return (...words: Parameters<ClickHouseClient['command']>) => {
          left -= 1;
          return left < 0 ? Promise.reject(new Error('cut off')) : target.command(...words);
        };
      },
    });
  };
  return Object.assign(Object.create(connection) as ClickhouseConnection, { client });
}

describe('the statements of windows on a cluster', () => {
  const domain: DomainConfig = { ...SHOP_DOMAIN, warehouse: { database: 'shop db' } };
  const names = windowNames('shop db', 'shop', 'revenue', '0a1b2c3d');
  const build: WindowBuild = {
    names,
    mark: { domain: 'shop', aggregation: 'revenue', build: '0a1b2c3d', source: 'shop_purchase' },
    made: { fingerprint: 'f', definition: defineWindows(domain, SUM) },
    cluster: 'main cluster',
  };
  const definitions = [
    ...createStatements(build),
    gateStatement(build, 'closed'),
    ...forgetStatements(build),
    ...switchStatements(build),
    ...Object.values(names).map((name) => dropStatement(name, build.cluster)),
  ];

  it('run on all of its servers, quoted', () => {
    for (const statement of definitions) {
      expect(statement).toContain(' ON CLUSTER `main cluster`');
      expect(statement).toContain('`shop db`.');
    }
  });

  it('keep states on each server, replicated, and read them over all', () => {
    const [panes = '', distributed = ''] = definitions;
    expect(panes).toMatch(/shop_revenue_panes_0a1b2c3d_local .*ENGINE = ReplicatedAggregatingMergeTree/u);
    expect(panes).toContain('replicated_deduplication_window = 10000');
    expect(distributed).toContain("Distributed('main cluster', 'shop db', 'shop_revenue_panes_0a1b2c3d_local')");
    const feed = definitions.find((statement) => statement.startsWith('CREATE MATERIALIZED VIEW')) ?? '';
    expect(feed).toMatch(
      / TO `shop db`\.shop_revenue_panes_0a1b2c3d_local .* FROM `shop db`\.shop_purchase_local AS e /u,
    );
    const [, view = ''] = switchStatements(build);
    expect(view).toContain('FROM `shop db`.shop_revenue_panes_0a1b2c3d)');
  });

  it('count each shard by its own list of inserts', () => {
    for (const statement of backfillStatements(build, { fromMs: 0, toMs: 1 })) {
      expect(statement).toContain('FROM `shop db`.shop_purchase AS e');
      expect(statement).toContain('IN (SELECT batch FROM `shop db`.shop_revenue_counted_0a1b2c3d_local)');
    }
  });
});
