import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Aggregation, DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import type { AggregateWindows, WindowRow } from '../../src/domain/ports/aggregate-windows.port.js';
import { freshName } from '../support/engine-of.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';
import { type EventRow, expectedLate, expectedWindows } from '../support/window-model.js';

export interface AggregateWindowsHarness {
  readonly windows: AggregateWindows;
  readonly unreachable: AggregateWindows;
  readonly database: string;
  /** Makes the tables of events of a domain, empty. */
  createTables(domain: DomainConfig): Promise<void>;
  /** Inserts as the copier does: all or nothing, once per token. */
  insert(domain: DomainConfig, eventType: string, token: string, events: readonly EventRow[]): Promise<void>;
  /** Whatever SQL answers, as rows of texts. */
  query(sql: string): Promise<unknown[][]>;
  run(sql: string): Promise<void>;
  /** Names of the tables and views of the database, in order. */
  tables(): Promise<string[]>;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** For tests that deploy or insert often, on a machine that does much else. */
const PATIENCE_MS = 180_000;
const NOON = Date.UTC(2026, 2, 1, 12);

/** What every AggregateWindows adapter promises. */
export function aggregateWindowsContract(engine: string, open: () => Promise<AggregateWindowsHarness>): void {
  describe(`AggregateWindows on ${engine}`, () => {
    let harness: AggregateWindowsHarness;
    let domain: DomainConfig;
    let made = 0;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());
    beforeEach(() => {
      domain = { ...SHOP_DOMAIN, name: freshName('shop'), warehouse: { database: harness.database } };
    });

    const purchase = (more: Partial<EventRow> = {}): EventRow => ({
      event_id: `e${String((made += 1)).padStart(6, '0')}`,
      timestamp: NOON,
      user_id: 'ada',
      order_id: null,
      total_amount: 100,
      quantity: 1,
      device_type: 'mobile',
      country: 'FR',
      watermark: 0,
      ...more,
    });
    const aggregation = (more: Partial<Aggregation> = {}): Aggregation => ({
      name: 'agg',
      eventType: 'purchase',
      kind: 'count',
      window: { kind: 'tumbling', durationMs: MINUTE, slideMs: MINUTE },
      groupBy: [],
      filter: [],
      allowedLatenessMs: 0,
      ...more,
    });
    const sliding = { kind: 'sliding', durationMs: 3 * MINUTE, slideMs: MINUTE } as const;
    const set = (...aggregations: Aggregation[]): void => {
      domain = { ...domain, aggregations };
    };
    const deployed = async (...aggregations: Aggregation[]): Promise<void> => {
      set(...aggregations);
      await harness.createTables(domain);
      await harness.windows.deploy(domain);
    };
    const insert = (token: string, ...events: EventRow[]): Promise<void> =>
      harness.insert(domain, 'purchase', token, events);
    const first = (): Aggregation => domain.aggregations[0] ?? aggregation();
    const read = async (of = first(), limit = 1000): Promise<readonly WindowRow[]> =>
      (await harness.windows.windows(domain, of, { limit })).rows;
    const told = async (of = first()): Promise<unknown[]> =>
      (await read(of)).map(({ startMs, group, value, events }) => ({ startMs, group, value, events }));
    const late = async (of = first(), limit = 1000): Promise<string[]> =>
      (await harness.windows.late(domain, of, limit))
        .map(({ eventId, windowStartMs }) => `${eventId}@${windowStartMs}`)
        .sort();

    it('counts events from the first millisecond of a window to the last, aligned to the epoch', async () => {
      await deployed(aggregation());
      await insert('a', purchase({ timestamp: NOON }), purchase({ timestamp: NOON + MINUTE - 1 }));
      await insert('b', purchase({ timestamp: NOON + MINUTE }), purchase({ timestamp: NOON }));
      expect(await read()).toMatchObject([
        { startMs: NOON, endMs: NOON + MINUTE, group: {}, value: '3', events: 3 },
        { startMs: NOON + MINUTE, endMs: NOON + 2 * MINUTE, value: '1', events: 1 },
      ]);
    });

    it('has an event in every sliding window that covers it, also before the epoch', async () => {
      await deployed(aggregation({ window: sliding, allowedLatenessMs: 365 * 86_400_000 }));
      const before = -90_000;
      await insert('a', purchase({ timestamp: before }));
      expect((await read()).map(({ startMs }) => startMs)).toEqual([-4 * MINUTE, -3 * MINUTE, -2 * MINUTE]);
    });

    it('adds up whole numbers without losing a digit', async () => {
      await deployed(aggregation({ kind: 'sum', field: 'total_amount' }), {
        ...aggregation({ kind: 'avg', field: 'total_amount' }),
        name: 'mean',
      });
      const most = '9223372036854775807' as unknown as number; // what JSON can say and a double cannot
      for (const token of ['a', 'b', 'c']) await insert(token, purchase({ total_amount: most }));
      expect((await read())[0]?.value).toBe('27670116110564327421');
      expect((await read(domain.aggregations[1]))[0]?.value).toBe('9223372036854775807');
    });

    it('divides sums exactly, and rounds the tenth place', async () => {
      await deployed(aggregation({ kind: 'avg', field: 'total_amount', groupBy: ['country'] }));
      const amounts = { DE: [1, 1, 0], FR: [-1, -1, 0], IT: [1, 2], NO: [] } as const;
      const events = Object.entries(amounts).flatMap(([country, own]) =>
        [...own, null].map((total_amount) => purchase({ country, total_amount })),
      );
      await insert('a', ...events);
      expect((await read()).map(({ value, events: number }) => [value, number])).toEqual([
        ['0.6666666667', 4],
        ['-0.6666666667', 4],
        ['1.5', 3],
        [null, 1],
      ]);
    });

    it('counts distinct values exactly over all inserts, null being none', async () => {
      await deployed(aggregation({ kind: 'count_distinct', field: 'order_id' }));
      const orders = (from: number) =>
        Array.from({ length: 3000 }, (_, n) => purchase({ order_id: n === 0 ? null : `o${from + n}` }));
      await insert('a', ...orders(0));
      await insert('b', ...orders(1000));
      expect((await read())[0]).toMatchObject({ value: '3999', events: 6000 });
    });

    it('keeps null, the empty text and any other apart in groups', async () => {
      await deployed(aggregation({ groupBy: ['order_id', 'total_amount'] }));
      const ids = [null, '', 'null', '\\N', "o'1", 'ö\n"'];
      await insert(
        'a',
        ...ids.map((order_id) => purchase({ order_id })),
        purchase({ order_id: '', total_amount: null }),
      );
      const groups = (await read()).map(({ group }) => group);
      expect(groups).toHaveLength(7);
      for (const order_id of ids) expect(groups).toContainEqual({ order_id, total_amount: '100' });
      expect(groups).toContainEqual({ order_id: '', total_amount: null });
    });

    it.each([
      ['text as text', { field: 'country', comparison: '>=', value: 'FR' }, ['FR', 'IT']],
      ['numbers as numbers', { field: 'total_amount', comparison: '<', value: '9' }, ['DE']],
      ['nothing with null', { field: 'total_amount', comparison: '!=', value: 100 }, ['DE']],
      ['hostile text as text', { field: 'country', comparison: '!=', value: "' OR 1 = 1 -- \\" }, ['DE', 'FR', 'IT']],
      [
        'times as times',
        { field: 'timestamp', comparison: '=', value: new Date(NOON).toISOString() },
        ['DE', 'FR', 'IT'],
      ],
    ] as const)('compares %s in filters', async (_, condition, countries) => {
      await deployed(aggregation({ groupBy: ['country'], filter: [condition] }));
      await insert(
        'a',
        purchase({ country: 'DE', total_amount: 5 }),
        purchase({ country: 'FR', total_amount: 100 }),
        purchase({ country: 'IT', total_amount: null }),
      );
      expect((await read()).map(({ group }) => group['country'])).toEqual(countries);
    });

    it('keeps an event out of exactly the windows that were closed, and says for how long', async () => {
      await deployed(aggregation({ window: sliding, allowedLatenessMs: 1000 }));
      const end = NOON + MINUTE; // of the earliest window
      const event = purchase({ timestamp: NOON, watermark: end + 1000 });
      await insert('a', event, purchase({ timestamp: NOON, watermark: end + 999 }));
      expect((await read()).map(({ startMs, events }) => [startMs, events])).toEqual([
        [NOON - 2 * MINUTE, 1],
        [NOON - MINUTE, 2],
        [NOON, 2],
      ]);
      expect(await harness.windows.late(domain, first(), 10)).toEqual([
        {
          eventId: event.event_id,
          timestampMs: NOON,
          windowStartMs: NOON - 2 * MINUTE,
          windowEndMs: end,
          latenessMs: 0,
        },
      ]);
    });

    it('tells late events that match the filter, the latest first', async () => {
      await deployed(aggregation({ filter: [{ field: 'country', comparison: '=', value: 'FR' }] }));
      const lateAt = (timestamp: number, country: string) => purchase({ timestamp, country, watermark: NOON + MINUTE });
      const events = [lateAt(NOON - 2, 'FR'), lateAt(NOON - 1, 'FR'), lateAt(NOON, 'DE')];
      await insert('a', ...events);
      expect(await read()).toEqual([]);
      const ids = (await harness.windows.late(domain, first(), 10)).map(({ eventId }) => eventId);
      expect(ids).toEqual([events[1]?.event_id, events[0]?.event_id]);
      expect(await harness.windows.late(domain, first(), 1)).toHaveLength(1);
    });

    it('counts an insert once, however often its token comes', async () => {
      await deployed(aggregation(), { ...aggregation({ window: sliding }), name: 'slid' });
      const events = [purchase(), purchase({ watermark: NOON + 10 * MINUTE })];
      for (const token of ['a', 'b', 'a', 'a']) await insert(token, ...events);
      expect((await read())[0]).toMatchObject({ events: 2 });
      expect(await late()).toHaveLength(2);
      expect((await read(domain.aggregations[1]))[0]).toMatchObject({ events: 2 });
    });

    it('pages through windows without gap or repetition, within bounds and groups', async () => {
      await deployed(aggregation({ window: sliding, groupBy: ['country', 'order_id'] }));
      const events = Array.from({ length: 40 }, (_, n) =>
        purchase({
          timestamp: NOON + (n % 7) * MINUTE,
          country: ['DE', 'FR', ''][n % 3] ?? '',
          order_id: n % 4 === 0 ? null : '',
        }),
      );
      await insert('a', ...events.slice(0, 20));
      await insert('b', ...events.slice(20));
      const bounds = { fromMs: NOON - MINUTE, toMs: NOON + 5 * MINUTE, group: { country: 'FR' } };
      const pages: WindowRow[] = [];
      let cursor: string | undefined;
      do {
        const page = await harness.windows.windows(domain, first(), { ...bounds, limit: 3, ...(cursor && { cursor }) });
        expect(page.rows.length).toBeLessThanOrEqual(3);
        pages.push(...page.rows);
        cursor = page.next;
      } while (cursor !== undefined);
      const wanted = expectedWindows(first(), events).filter(
        ({ startMs, group }) => startMs >= bounds.fromMs && startMs < bounds.toMs && group['country'] === 'FR',
      );
      expect(wanted.length).toBeGreaterThan(6);
      expect(pages).toMatchObject(wanted);
      expect(pages).toHaveLength(wanted.length);
    });

    it('refuses a group it does not have, and a cursor it has not given', async () => {
      await deployed(aggregation());
      const asked = (wanted: object) => harness.windows.windows(domain, first(), { limit: 1, ...wanted });
      await expect(asked({ group: { country: 'FR' } })).rejects.toMatchObject({ code: 'request.invalid' });
      await expect(asked({ cursor: 'bm9uZQ' })).rejects.toMatchObject({ code: 'cursor.invalid' });
    });

    it('tells the windows that changed, and can be asked on behind each of them', async () => {
      await deployed(aggregation({ window: sliding, groupBy: ['country'] }));
      await insert('a', purchase({ timestamp: NOON - 10 * MINUTE }));
      const [old] = await harness.windows.changes(domain, first(), 0, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await insert('b', purchase(), purchase({ country: 'DE' }));
      const since = (old?.changedAtMs ?? 0) + 1;
      const all = await harness.windows.changes(domain, first(), since, 100);
      expect(all.map(({ startMs, group }) => [startMs, group['country']])).toEqual(
        [NOON - 2 * MINUTE, NOON - MINUTE, NOON].flatMap((start) => [
          [start, 'DE'],
          [start, 'FR'],
        ]),
      );
      const page: WindowRow[] = await harness.windows.changes(domain, first(), since, 4);
      page.push(...(await harness.windows.changes(domain, first(), page[3] ?? 0, 4)));
      expect(page).toEqual(all);
      expect(await harness.windows.changes(domain, first(), page.at(-1) ?? 0, 4)).toEqual([]);
    });

    it('can be queried by its name, with the columns of the events', async () => {
      await deployed(aggregation({ kind: 'avg', field: 'total_amount', groupBy: ['country'], window: sliding }));
      await insert(
        'a',
        purchase({ total_amount: 1 }),
        purchase({ total_amount: 2 }),
        purchase({ watermark: NOON + 99 * MINUTE }),
      );
      const view = `${harness.database}.${domain.name}_agg`;
      expect(
        await harness.query(
          `SELECT window_start, window_end, country, value, events FROM ${view} ORDER BY window_start LIMIT 1`,
        ),
      ).toEqual([['2026-03-01 11:58:00.000', '2026-03-01 12:01:00.000', 'FR', 1.5, '2']]);
      expect(await harness.query(`SELECT count() FROM ${view}_late WHERE lateness_ms >= 0`)).toEqual([['3']]);
    });

    it('plans what it does, and afterwards nothing', async () => {
      set(aggregation(), { ...aggregation(), name: 'other' });
      await harness.createTables(domain);
      const kinds = async () =>
        (await harness.windows.plan(domain)).map(({ kind, aggregation: name }) => `${kind} ${name}`);
      const planned = ['create agg', 'backfill agg', 'create other', 'backfill other'];
      expect(await kinds()).toEqual(planned);
      const before = await harness.tables();
      const steps = await harness.windows.deploy(domain);
      expect(steps.map(({ kind, aggregation: name }) => `${kind} ${name}`)).toEqual(planned);
      expect(await harness.tables()).not.toEqual(before);
      expect(await kinds()).toEqual(['keep agg', 'keep other']);
      set(aggregation({ allowedLatenessMs: 5 }));
      expect(await kinds()).toEqual(['replace agg', 'backfill agg', 'remove agg', 'remove other']);
    });

    it('counts the events that were there before, and those that are inserted again after it', async () => {
      set(aggregation({ window: sliding, groupBy: ['country'] }));
      await harness.createTables(domain);
      const events = [purchase(), purchase({ country: 'DE' }), purchase({ watermark: NOON + 2 * MINUTE })];
      await insert('a', ...events);
      await harness.windows.deploy(domain);
      const expected = expectedWindows(first(), events);
      expect(await told()).toEqual(expected);
      await insert('a', ...events);
      expect(await told()).toEqual(expected);
      expect(await late()).toEqual(expectedLate(first(), events));
      await insert('b', purchase());
      expect((await read()).find(({ startMs, group }) => startMs === NOON && group['country'] === 'FR')?.events).toBe(
        3,
      );
    });

    it('replaces a changed aggregation, removes one that is gone, and leaves the events', async () => {
      await deployed(aggregation(), { ...aggregation(), name: 'gone' });
      const events = [purchase(), purchase({ country: 'DE', total_amount: 7 })];
      await insert('a', ...events);
      const gone = domain.aggregations[1] ?? first();
      set(aggregation({ kind: 'sum', field: 'total_amount', groupBy: ['country'] }));
      await harness.windows.deploy(domain);
      await insert('a', ...events);
      expect(await told()).toEqual(expectedWindows(first(), events));
      await expect(read(gone)).rejects.toMatchObject({ code: 'aggregation.unknown' });
      const own = (await harness.tables()).filter((name) => name.startsWith(domain.name));
      expect(own).toHaveLength(2 + 8);
      await harness.windows.remove(domain.name);
      await harness.windows.remove(domain.name);
      expect((await harness.tables()).filter((name) => name.startsWith(domain.name))).toEqual([
        `${domain.name}_page_view`,
        `${domain.name}_purchase`,
      ]);
    });

    it('begins anew when the table of events was made anew', async () => {
      await deployed(aggregation());
      await insert('a', purchase());
      await harness.run(`DROP TABLE ${harness.database}.${domain.name}_purchase SYNC`);
      await harness.createTables(domain);
      await harness.windows.deploy(domain);
      await insert('a', purchase({ timestamp: NOON + MINUTE }));
      expect((await read()).map(({ startMs, events }) => [startMs, events])).toEqual([[NOON + MINUTE, 1]]);
    });

    it(
      'counts every insert once that goes on while it is deployed again and again',
      async () => {
        const kinds: Partial<Aggregation>[] = [
          { window: sliding, groupBy: ['country'] },
          { kind: 'sum', field: 'total_amount' },
          { kind: 'count_distinct', field: 'order_id', window: sliding },
        ];
        await deployed(aggregation());
        const events: EventRow[] = [];
        const over = new AbortController();
        const inserting = Promise.all(
          [0, 1].map(async (shard) => {
            for (let n = 0; !over.signal.aborted && n < 500; n += 1) {
              const batch = [
                purchase({ order_id: `o${shard}-${n}` }),
                purchase({ country: 'DE', timestamp: NOON + n * 1000 }),
              ];
              events.push(...batch);
              await insert(`${shard}-${n}`, ...batch);
              if (n % 3 === 0) await insert(`${shard}-${n}`, ...batch); // the copier that did not hear the answer
            }
          }),
        );
        for (const kind of kinds) {
          set(aggregation(kind));
          await harness.windows.deploy(domain);
        }
        over.abort();
        await inserting;
        expect(events.length).toBeGreaterThan(0);
        expect(await told()).toEqual(expectedWindows(first(), events));
      },
      PATIENCE_MS,
    );

    it(
      'agrees with the plainest computation on any events, in any batches, repeated in any way',
      async () => {
        const aggregations = [
          aggregation({ groupBy: ['country'], allowedLatenessMs: 30_000 }),
          {
            ...aggregation({ kind: 'sum', field: 'total_amount', window: sliding, groupBy: ['order_id'] }),
            name: 'summed',
          },
          {
            ...aggregation({ kind: 'avg', field: 'quantity', window: sliding, allowedLatenessMs: MINUTE }),
            name: 'mean',
          },
          {
            ...aggregation({ kind: 'count_distinct', field: 'order_id', window: { ...sliding, slideMs: 1000 } }),
            name: 'distinct',
            filter: [{ field: 'total_amount', comparison: '>' as const, value: 0 }],
          },
        ];
        await deployed(...aggregations);
        const event = fc.record({
          timestamp: fc.integer({ min: -5 * MINUTE, max: 5 * MINUTE }),
          watermark: fc.oneof(fc.constant(-DAY), fc.integer({ min: -5 * MINUTE, max: 9 * MINUTE })),
          total_amount: fc.option(fc.integer({ min: -5, max: 5 })),
          quantity: fc.option(fc.integer({ min: -64, max: 64 }).map((n) => n / 8)),
          order_id: fc.option(fc.constantFrom('', 'a', 'b')),
          country: fc.constantFrom('FR', 'DE'),
        });
        const batches = fc.array(fc.array(event, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 8 });
        let noon = NOON;
        await fc.assert(
          fc.asyncProperty(batches, async (drawn) => {
            noon += 2 * DAY; // each draw has days of its own
            const all = drawn.map((batch) =>
              batch.map((each) =>
                purchase({ ...each, timestamp: noon + each.timestamp, watermark: noon + each.watermark }),
              ),
            );
            for (const [at, batch] of all.entries()) {
              await insert(`${noon}-${at}`, ...batch);
              if (at % 2 === 1) await insert(`${noon}-${at - 1}`, ...(all[at - 1] ?? []));
            }
            const ids = new Set(all.flat().map(({ event_id }) => event_id));
            for (const of of aggregations) {
              const bounds = { fromMs: noon - DAY, toMs: noon + DAY, limit: 10_000 };
              const { rows } = await harness.windows.windows(domain, of, bounds);
              expect(rows.map(rounded)).toEqual(expectedWindows(of, all.flat()).map(rounded));
              const found = (await late(of, 100_000)).filter((each) => ids.has(each.split('@')[0] ?? ''));
              expect(found).toEqual(expectedLate(of, all.flat()));
            }
          }),
          { numRuns: 8 },
        );
      },
      PATIENCE_MS,
    );

    it.each([
      ['a field that events do not have', { kind: 'sum', field: 'nothing' }],
      ['the sum of a text', { kind: 'sum', field: 'country' }],
      ['no field where one is needed', { kind: 'count_distinct' }],
      ['a group that events do not have', { groupBy: ['nothing'] }],
      ['a number compared with a text', { filter: [{ field: 'total_amount', comparison: '=', value: 'x' }] }],
      ['a slide that does not divide the window', { window: { kind: 'sliding', durationMs: 10, slideMs: 3 } }],
      ['events of no known type', { eventType: 'nothing' }],
    ] as const)('refuses %s, before anything is done', async (_, wrong) => {
      set(aggregation(), { ...aggregation(wrong), name: 'wrong' });
      await harness.createTables(domain);
      const before = await harness.tables();
      await expect(harness.windows.deploy(domain)).rejects.toMatchObject({ code: 'aggregation.invalid' });
      expect((await harness.tables()).filter((name) => name.startsWith(domain.name))).toEqual(
        before.filter((name) => name.startsWith(domain.name)),
      );
    });

    it("leaves somebody else's table alone", async () => {
      set(aggregation());
      await harness.createTables(domain);
      await harness.run(`CREATE TABLE ${harness.database}.${domain.name}_agg (a Int8) ENGINE = MergeTree ORDER BY a`);
      await expect(harness.windows.deploy(domain)).rejects.toMatchObject({ code: 'table.exists' });
    });

    it('names a table of events that is not there, and an aggregation that is not deployed', async () => {
      set(aggregation());
      expect(await harness.windows.plan(domain)).toMatchObject([{ kind: 'create', aggregation: 'agg' }]);
      await expect(harness.windows.deploy(domain)).rejects.toMatchObject({ code: 'table.unknown' });
      await expect(read()).rejects.toMatchObject({ code: 'aggregation.unknown' });
      await expect(late()).rejects.toMatchObject({ code: 'aggregation.unknown' });
    });

    it('says that the warehouse is not there', async () => {
      const { unreachable } = harness;
      const asked = [
        () => unreachable.plan(domain),
        () => unreachable.deploy(domain),
        () => unreachable.remove(domain.name),
      ];
      for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    });
  });
}

/** Means are told with ten places, or as doubles are. */
function rounded<T extends { readonly value: string | null }>(row: T) {
  const { value, ...rest } = row as T & { readonly changedAtMs?: number; readonly endMs?: number };
  const { changedAtMs: _changed, endMs: _end, ...place } = rest;
  return { ...place, value: value === null ? null : Number(value).toFixed(9) };
}
