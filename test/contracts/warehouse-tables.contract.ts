import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InsertReceipt, InsertRows, Row, WarehouseTables } from '../../src/domain/ports/warehouse-tables.port.js';
import { DWH_TABLES, dwhTable } from '../../src/domain/warehouse-loading/dwh-tables.js';
import { idsOf } from '../../src/domain/warehouse-loading/id-runs.js';
import { MAX_PAGE_BYTES, rowSelection, type SelectRows } from '../../src/domain/warehouse-loading/row-selection.js';

export interface WarehouseTablesHarness {
  readonly tables: WarehouseTables;
  /** The same tables, as another process sees them. */
  readonly others: WarehouseTables;
  readonly unreachable: WarehouseTables;
  /** Rows, counted by a foreign client. */
  count(table: string): Promise<number>;
  empty(table: string): Promise<void>;
  close(): Promise<void>;
}

/** Small, so that a few rows make several chunks. */
export const CHUNK_LIMITS = { maxRowsPerInsert: 10, maxWriteBatchBytes: 20_000 };

const LOCATIONS = 'user-locations';

export async function* rowsOf(rows: Iterable<unknown>): AsyncGenerator<Row> {
  for (const row of rows) yield row as Row;
}

function locations(count: number, from = 0): Row[] {
  return Array.from({ length: count }, (_, n) => ({
    uuid: `u-${from + n}`,
    city: `city ${n % 3}`,
    location_lat: n / 4,
  }));
}

/** What every WarehouseTables adapter promises; run it on each engine the adapter claims to speak to. */
export function warehouseTablesContract(engine: string, open: () => Promise<WarehouseTablesHarness>): void {
  describe(`WarehouseTables on ${engine}`, () => {
    let harness: WarehouseTablesHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());
    const used = new Set(DWH_TABLES.map(({ table }) => table));
    beforeEach(async () => {
      for (const table of used) await harness.empty(table);
      used.clear();
      used.add('user_locations');
    });

    const insert = (
      rows: Iterable<unknown>,
      options: Partial<InsertRows> = {},
      table = LOCATIONS,
    ): Promise<InsertReceipt> => {
      const known = DWH_TABLES.find(({ route }) => route === table);
      if (known !== undefined) used.add(known.table);
      return harness.tables.insert(table, rowsOf(rows), { onConflict: 'error', ...options });
    };

    const list = async (request: SelectRows = {}, limit = 1000, table = LOCATIONS): Promise<readonly Row[]> =>
      (await harness.tables.list(rowSelection(dwhTable(table), request), limit)).rows;

    const ids = ({ ids: runs }: InsertReceipt): (number | null)[] => idsOf(runs ?? []);

    describe('insert', () => {
      it('answers an id for each row, in the order they came, over all chunks', async () => {
        const receipt = await insert(locations(35));
        expect(receipt.count).toBe(35);
        const byUuid = new Map((await list()).map(({ uuid, id }) => [uuid, id]));
        expect(ids(receipt)).toEqual(locations(35).map(({ uuid }) => byUuid.get(uuid)));
        expect(ids(receipt)).toEqual([...ids(receipt)].sort((a, b) => a! - b!));
        expect(await harness.count('user_locations')).toBe(35);
      });

      it.each(DWH_TABLES.map(({ route }) => route))('keeps every value of %s as it came', async (table) => {
        const rows = [FULL[table]!, { [dwhTable(table).key ?? 'uuid']: '2' }];
        const receipt = await insert(rows, {}, table);
        const columns = dwhTable(table).columns.map(({ name }) => name);
        const [first, second] = await list({}, 10, table);
        expect(Object.keys(first!).sort()).toEqual(['id', ...columns].sort());
        expect(first).toEqual({ id: ids(receipt)[0], ...FULL[table] });
        const key = dwhTable(table).key === 'ehr_id' ? 2 : '2';
        expect(second).toEqual({
          id: ids(receipt)[1],
          ...Object.fromEntries(columns.map((name) => [name, null])),
          [dwhTable(table).key ?? 'uuid']: key,
        });
      });

      it('keeps texts that look like something else', async () => {
        const texts = [
          '',
          '\\N',
          'NULL',
          'a\tb',
          'a\nb',
          'a\r\nb',
          '\\',
          "'",
          '"',
          '\\n',
          '😀',
          '\u0001',
          ' x ',
          '\\.',
        ];
        await insert(texts.map((city, n) => ({ uuid: String(n), city, region: null })));
        expect((await list()).map(({ city }) => city)).toEqual(texts);
      });

      it('keeps numbers to their last digit, at the ends of their ranges', async () => {
        const numbers = [0, -0, 0.1, 1 / 3, -1.5e-300, Number.MAX_VALUE, 5e-324, 90, -180];
        await insert(numbers.map((location_lat, n) => ({ uuid: String(n), location_lat })));
        expect((await list()).map(({ location_lat }) => location_lat)).toEqual(numbers);
        const wholes = ['9223372036854775807', '-9223372036854775808', 9007199254740991, -9007199254740991, '12'];
        await insert(
          wholes.map((user_id, n) => ({ uuid: String(n), user_id })),
          {},
          'events-part',
        );
        const expected = ['9223372036854775807', '-9223372036854775808', 9007199254740991, -9007199254740991, 12];
        expect((await list({}, 10, 'events-part')).map(({ user_id }) => user_id)).toEqual(expected);
      });

      it('keeps times of any zone to the microsecond', async () => {
        const times = [
          ['2024-01-01 00:00:00.000000', '2024-01-01T00:00:00.000000Z'],
          ['2024-02-29T23:59:59.123456+05:30', '2024-02-29T18:29:59.123456Z'],
          ['1900-01-01', '1900-01-01T00:00:00.000000Z'],
          ['2299-12-31T23:59:59.999999Z', '2299-12-31T23:59:59.999999Z'],
        ] as const;
        await insert(
          times.map(([event_time], n) => ({ uuid: String(n), event_time })),
          {},
          'events-part',
        );
        const kept = (await list({}, 10, 'events-part')).map(({ event_time }) => event_time);
        expect(kept).toEqual(times.map(([, text]) => text));
      });

      it('keeps any value of JSON in a JSON column, but null, which is none', async () => {
        const values = [
          { b: [1, { c: null }], a: 'x' },
          [],
          {},
          'text',
          '{"a":1}',
          0,
          1.5,
          true,
          false,
          { 'é"\\': '\n' },
        ];
        await insert(
          [...values, null].map((event_properties_json) => ({ event_properties_json })),
          {},
          'event-properties',
        );
        const kept = (await list({}, 20, 'event-properties')).map((row) => row['event_properties_json']);
        expect(kept).toEqual([...values, null]);
      });

      it('writes nothing at all when a later row does not fit, and names what does not', async () => {
        const rows = [...locations(25), { uuid: 'a', city: {} }, { uuid: 'b', town: 'x' }, { city: 'c' }];
        await expect(insert(rows)).rejects.toMatchObject({
          code: 'rows.rejected',
          faults: [
            { path: 'data.25.city', message: expect.stringContaining('text') },
            { path: 'data.26.town', message: expect.stringContaining('no column') },
            { path: 'data.27.uuid', message: expect.stringContaining('required') },
          ],
        });
        expect(await harness.count('user_locations')).toBe(0);
      });

      it('writes nothing when the rows fail on their way', async () => {
        const rows = (async function* failing(): AsyncGenerator<Row> {
          yield* locations(25);
          throw new Error('the sender left');
        })();
        await expect(harness.tables.insert(LOCATIONS, rows, { onConflict: 'error' })).rejects.toThrow(
          'the sender left',
        );
        expect(await harness.count('user_locations')).toBe(0);
      });

      it('writes nothing when it is given up', async () => {
        const stop = new AbortController();
        const rows = (async function* endless(): AsyncGenerator<Row> {
          for (let n = 0; ; n += 1) {
            if (n === 35) stop.abort(new Error('given up'));
            yield { uuid: `u-${n}` };
          }
        })();
        const load = harness.tables.insert(LOCATIONS, rows, { onConflict: 'error', signal: stop.signal });
        await expect(load).rejects.toThrow('given up');
        expect(await harness.count('user_locations')).toBe(0);
        await insert(locations(1)); // and what comes next is not disturbed
      });

      it('writes nothing when it is given up while it waits for rows', async () => {
        for (const before of [0, 25]) {
          const stop = new AbortController();
          const rows = (async function* silent(): AsyncGenerator<Row> {
            yield* locations(before);
            setTimeout(() => stop.abort(new Error('given up')), 100);
            await new Promise(() => undefined);
          })();
          const load = harness.tables.insert(LOCATIONS, rows, { onConflict: 'error', signal: stop.signal });
          await expect(load).rejects.toThrow('given up');
        }
        expect(await harness.count('user_locations')).toBe(0);
      });

      it('refuses a row that is larger than a write may be', async () => {
        const rows = [{ uuid: 'a' }, { uuid: 'b', city: 'x'.repeat(CHUNK_LIMITS.maxWriteBatchBytes) }];
        await expect(insert(rows)).rejects.toMatchObject({ code: 'rows.rejected', faults: [{ path: 'data.1' }] });
      });

      it('refuses no rows, and a table that is not one of the seven', async () => {
        await expect(insert([])).rejects.toMatchObject({ code: 'rows.empty' });
        const hostile = 'user_locations"; DROP TABLE user_locations; --';
        await expect(insert(locations(1), {}, hostile)).rejects.toMatchObject({ code: 'table.unknown' });
      });

      it('remembers so many runs of ids, and no more', async () => {
        await insert([{ uuid: 'u-1' }, { uuid: 'u-3' }]);
        const options = { onConflict: 'ignore', maxIdRuns: 3 } as const;
        expect((await insert(locations(5), options)).ids).toBeUndefined();
        expect((await insert(locations(5, 10), options)).ids).toHaveLength(1);
      });

      it('tells that nobody is there', async () => {
        const load = harness.unreachable.insert(LOCATIONS, rowsOf(locations(1)), { onConflict: 'error' });
        await expect(load).rejects.toMatchObject({
          code: expect.stringMatching(/^(database|warehouse)\.unreachable$/),
        });
      });
    });

    describe('a key that is there already', () => {
      it('is an error that names rows, and nothing is written', async () => {
        await insert(locations(3));
        const rows = [...locations(25, 100), { uuid: 'u-1' }, { uuid: 'u-2' }];
        await expect(insert(rows)).rejects.toMatchObject({
          code: 'rows.conflict',
          faults: [{ path: 'data.25.uuid' }, { path: 'data.26.uuid' }],
        });
        expect(await harness.count('user_locations')).toBe(3);
      });

      it('is an error within one load as well, also chunks apart', async () => {
        await expect(insert([...locations(3), { uuid: 'u-1' }])).rejects.toMatchObject({
          code: 'rows.conflict',
          faults: [{ path: 'data.3.uuid' }],
        });
        await expect(insert([...locations(35), { uuid: 'u-1' }])).rejects.toMatchObject({
          code: 'rows.conflict',
          faults: [{ path: 'data.35.uuid' }],
        });
        expect(await harness.count('user_locations')).toBe(0);
      });

      it('is left as it is by "ignore": the row that was there first stays', async () => {
        const before = ids(await insert([{ uuid: 'u-1', city: 'first' }]));
        const rows = [
          { uuid: 'n' },
          { uuid: 'u-1', city: 'second' },
          { uuid: 'n', city: 'again' },
          ...locations(20, 50),
        ];
        const receipt = await insert([...rows, { uuid: 'n' }], { onConflict: 'ignore' });
        expect(receipt.count).toBe(21);
        expect(ids(receipt).map((id) => id === null)).toEqual([
          false,
          true,
          true,
          ...Array.from({ length: 20 }, () => false),
          true,
        ]);
        expect(await list({ pk: 'u-1' })).toEqual([expect.objectContaining({ city: 'first', id: before[0] })]);
        expect(await list({ pk: 'n' })).toEqual([expect.objectContaining({ city: null })]);
      });

      it('gets all values of the new row by "update", and keeps its id', async () => {
        const before = ids(await insert([{ uuid: 'u-1', city: 'first', region: 'r' }]));
        const rows = [
          { uuid: 'n' },
          { uuid: 'u-1', city: 'second' },
          ...locations(20, 50),
          { uuid: 'n', city: 'last' },
        ];
        const receipt = await insert(rows, { onConflict: 'update' });
        expect(receipt.count).toBe(23);
        const answered = ids(receipt);
        expect(answered[1]).toBe(before[0]);
        expect(answered[22]).toBe(answered[0]);
        expect(await list({ pk: 'u-1' })).toEqual([
          expect.objectContaining({ city: 'second', region: null, id: before[0] }),
        ]);
        expect(await list({ pk: 'n' })).toEqual([expect.objectContaining({ city: 'last', id: answered[0] })]);
        expect((await list()).length).toBe(22);
      });

      it('cannot be in a table without one: every row is a new one', async () => {
        for (const onConflict of ['error', 'ignore', 'update'] as const) {
          await insert([{ uuid: 'same' }, { uuid: 'same' }], { onConflict }, 'event-properties');
        }
        expect(await harness.count('tmp_event_properties')).toBe(6);
      });

      it('is written by one of two who try at once', async () => {
        const rows = locations(30);
        const loads = [harness.tables, harness.others].map((tables) =>
          tables.insert(LOCATIONS, rowsOf(rows), { onConflict: 'error' }),
        );
        const outcomes = await Promise.allSettled(loads);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(await harness.count('user_locations')).toBe(30);
      });
    });

    describe('a column that tells rows apart in a table without a key', () => {
      const TABLE = 'event-properties';
      const rowsFrom = (first: number, count: number, n = 0): Row[] =>
        Array.from({ length: count }, (_, each) => ({ uuid: `e-${first + each}`, event_properties_json: { n } }));
      const once = (rows: Row[], options: Partial<InsertRows> = {}): Promise<InsertReceipt> =>
        insert(rows, { onConflict: 'ignore', onceBy: 'uuid', ...options }, TABLE);

      it('lets each value in once, over all chunks and loads, whatever their idempotency keys', async () => {
        expect(await once(rowsFrom(0, 25), { idempotencyKey: 'k1' })).toMatchObject({ count: 25 });
        const second = await once(rowsFrom(20, 15, 1), { idempotencyKey: 'k2' });
        expect(second.count).toBe(10);
        expect(ids(second).filter((id) => id === null)).toHaveLength(5);
        expect(await once(rowsFrom(0, 35, 2))).toMatchObject({ count: 0 });
        const rows = await list({}, 1000, TABLE);
        expect(rows.map(({ uuid }) => uuid)).toEqual(rowsFrom(0, 35).map(({ uuid }) => uuid));
        expect(rows[22]).toMatchObject({ event_properties_json: { n: 0 } });
      });

      it('takes the first of equal ones in a load', async () => {
        expect(await once([...rowsFrom(7, 1), ...rowsFrom(7, 1, 1)])).toMatchObject({ count: 1 });
        expect(await list({}, 10, TABLE)).toMatchObject([{ uuid: 'e-7', event_properties_json: { n: 0 } }]);
      });

      it('forgets what was not loaded after all', async () => {
        const failing = (async function* () {
          yield* rowsFrom(0, 25);
          throw new Error('no more');
        })();
        await expect(harness.tables.insert(TABLE, failing, { onConflict: 'ignore', onceBy: 'uuid' })).rejects.toThrow(
          'no more',
        );
        expect(await once(rowsFrom(0, 25))).toMatchObject({ count: 25 });
      });

      it('lets each value in once also where two load it at the same time', async () => {
        used.add('tmp_event_properties');
        const options = { onConflict: 'ignore', onceBy: 'uuid' } as const;
        const loads = [harness.tables, harness.others].map((tables) =>
          tables.insert(TABLE, rowsOf(rowsFrom(0, 30)), options),
        );
        const counts = (await Promise.all(loads)).map(({ count }) => count);
        expect(counts.reduce((sum, count) => sum + count)).toBe(30);
        expect(await harness.count('tmp_event_properties')).toBe(30);
      });
    });

    describe('an idempotency key', () => {
      it('answers the first receipt again for the same rows, and writes them once', async () => {
        const first = await insert(locations(25), { idempotencyKey: 'k' });
        expect(await insert(locations(25), { idempotencyKey: 'k' })).toEqual(first);
        const again = { onConflict: 'error', idempotencyKey: 'k' } as const;
        expect(await harness.others.insert(LOCATIONS, rowsOf(locations(25)), again)).toEqual(first);
        expect(await harness.count('user_locations')).toBe(25);
      });

      it('is a conflict for other rows, or for another outcome of conflicts', async () => {
        await insert(locations(25), { idempotencyKey: 'k' });
        for (const [rows, onConflict] of [
          [locations(24), 'error'],
          [[...locations(24), { uuid: 'x' }], 'error'],
          [locations(25), 'update'],
        ] as const) {
          const load = insert(rows, { idempotencyKey: 'k', onConflict });
          await expect(load).rejects.toMatchObject({
            code: 'idempotency-key.reused',
            message: expect.stringContaining('with another on_conflict'),
          });
        }
        expect(await harness.count('user_locations')).toBe(25);
      });

      it('is of one table: elsewhere it is another', async () => {
        await insert([{ uuid: 'a' }], { idempotencyKey: 'k' });
        await insert([{ uuid: 'a' }], { idempotencyKey: 'k' }, 'event-properties');
        expect(await harness.count('tmp_event_properties')).toBe(1);
      });

      it('is free again after a load that failed', async () => {
        await expect(insert([{ uuid: 'a' }, { uuid: 'a' }], { idempotencyKey: 'k' })).rejects.toThrow();
        await insert([{ uuid: 'a' }, { uuid: 'b' }], { idempotencyKey: 'k' });
        expect(await harness.count('user_locations')).toBe(2);
      });

      it('has one winner when two come at once, and both get its receipt', async () => {
        used.add('tmp_event_properties');
        const loads = [harness.tables, harness.others, harness.tables, harness.others].map((tables) =>
          tables.insert('event-properties', rowsOf(Array.from({ length: 30 }, (_, n) => ({ uuid: String(n) }))), {
            onConflict: 'error',
            idempotencyKey: 'race',
          }),
        );
        const receipts = await Promise.all(loads);
        for (const receipt of receipts) expect(receipt).toEqual(receipts[0]);
        expect(await harness.count('tmp_event_properties')).toBe(30);
      });
    });

    describe('list', () => {
      const CITIES = ['b', 'a', null, 'b', null, 'c', 'a', 'Z', 'é'];
      beforeEach(() => insert(CITIES.map((city, n) => ({ uuid: String(n), city, location_lat: n % 2 }))));

      it.each(['asc', 'desc'] as const)('pages %s through ties and nulls, each row once', async (sortDir) => {
        for (const sortBy of ['city', 'location_lat', 'uuid', 'id']) {
          const whole = await list({ sortBy, sortDir });
          const paged: Row[] = [];
          let cursor: string | undefined;
          do {
            const request = { sortBy, sortDir, ...(cursor === undefined ? {} : { cursor }) };
            const page = await harness.tables.list(rowSelection(dwhTable(LOCATIONS), request), 2);
            paged.push(...page.rows);
            cursor = page.next;
          } while (cursor !== undefined);
          expect(paged).toEqual(whole);
          expect(new Set(paged.map(({ uuid }) => uuid)).size).toBe(CITIES.length);
        }
      });

      it('sorts texts by their bytes, nulls last in both directions, ties by id', async () => {
        const uuids = async (sortDir: string): Promise<unknown[]> =>
          (await list({ sortBy: 'city', sortDir })).map(({ uuid }) => uuid);
        expect(await uuids('asc')).toEqual(['7', '1', '6', '0', '3', '5', '8', '2', '4']);
        expect(await uuids('desc')).toEqual(['8', '5', '0', '3', '1', '6', '7', '2', '4']);
      });

      it('is not moved by rows that come between two pages', async () => {
        const selection = (cursor?: string) =>
          rowSelection(dwhTable(LOCATIONS), { sortBy: 'city', ...(cursor !== undefined && { cursor }) });
        const first = await harness.tables.list(selection(), 4);
        await insert(['A', 'a', 'b'].map((city, n) => ({ uuid: `new ${n}`, city })));
        const second = await harness.tables.list(selection(first.next), 100);
        const seen = [...first.rows, ...second.rows].map(({ uuid }) => String(uuid));
        expect(seen.filter((uuid) => !uuid.startsWith('new'))).toEqual(['7', '1', '6', '0', '3', '5', '8', '2', '4']);
        expect(new Set(seen).size).toBe(seen.length);
      });

      it('goes on from the last of several that are alike to the microsecond and the last bit', async () => {
        const rows = Array.from({ length: 6 }, (_, n) => ({
          uuid: String(n),
          event_time: `2024-01-01T00:00:00.00000${n % 2}Z`,
          user_id: n % 2 === 0 ? '9223372036854775806' : '9223372036854775807',
        }));
        await insert(rows, {}, 'events-part');
        for (const sortBy of ['event_time', 'user_id']) {
          const table = dwhTable('events-part');
          const first = await harness.tables.list(rowSelection(table, { sortBy }), 2);
          const second = await harness.tables.list(rowSelection(table, { sortBy, cursor: first.next! }), 10);
          expect([...first.rows, ...second.rows].map(({ uuid }) => uuid)).toEqual(['0', '2', '4', '1', '3', '5']);
        }
      });

      it('ends a page where its rows are large, and goes on behind it', async () => {
        const table = dwhTable('event-properties');
        const length = CHUNK_LIMITS.maxWriteBatchBytes * 0.95;
        const rows = Array.from({ length: 950 }, (_, n) => ({
          uuid: String(n),
          event_properties_json: 'x'.repeat(length),
        }));
        await insert(rows, {}, 'event-properties');
        const first = await harness.tables.list(rowSelection(table, {}), 10_000);
        expect(first.rows.length * length).toBeLessThanOrEqual(MAX_PAGE_BYTES);
        expect(first.rows.length * length).toBeGreaterThan(MAX_PAGE_BYTES * 0.9);
        const second = await harness.tables.list(rowSelection(table, { cursor: first.next! }), 10_000);
        expect(second.next).toBeUndefined();
        expect([...first.rows, ...second.rows].map(({ uuid }) => uuid)).toEqual(rows.map(({ uuid }) => uuid));
      });

      it('goes on behind texts that are too long for a cursor, while they stay what they were', async () => {
        await harness.empty('user_locations');
        const long = 'é'.repeat(5000);
        const texts = [`${long}b`, `${long}a`, null, `${long}b`, `${long}c`, 'z'];
        await insert(texts.map((city, n) => ({ uuid: String(n), city })));
        for (const [sortDir, expected] of [
          ['asc', ['5', '1', '0', '3', '4', '2']],
          ['desc', ['4', '0', '3', '1', '5', '2']],
        ] as const) {
          const seen: unknown[] = [];
          let cursor: string | undefined;
          do {
            const request = { sortBy: 'city', sortDir, ...(cursor === undefined ? {} : { cursor }) };
            const page = await harness.tables.list(rowSelection(dwhTable(LOCATIONS), request), 1);
            seen.push(page.rows[0]?.['uuid']);
            cursor = page.next;
            expect(cursor?.length ?? 0).toBeLessThan(200);
          } while (cursor !== undefined);
          expect(seen).toEqual(expected);
        }
        const { next } = await harness.tables.list(rowSelection(dwhTable(LOCATIONS), { sortBy: 'city' }), 2);
        const rest = rowSelection(dwhTable(LOCATIONS), { sortBy: 'city', cursor: next! });
        await insert([{ uuid: '1', city: 'other' }], { onConflict: 'update' });
        await expect(harness.tables.list(rest, 2)).rejects.toMatchObject({ code: 'cursor.invalid' });
        await expect(harness.tables.stream(rest)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
          code: 'cursor.invalid',
        });
      });

      it('filters by any column, and by all of several', async () => {
        expect((await list({ filters: { city: 'b' } })).map(({ uuid }) => uuid)).toEqual(['0', '3']);
        expect((await list({ filters: { city: 'b', location_lat: '1' } })).map(({ uuid }) => uuid)).toEqual(['3']);
        expect(await list({ filters: { city: "b' OR 1=1 --" } })).toEqual([]);
        expect(await list({ pk: '3' })).toHaveLength(1);
        await insert([FULL['events-part']!], {}, 'events-part');
        await insert([FULL['technical-data']!], {}, 'technical-data');
        await insert([FULL['permanent-user-properties']!], {}, 'permanent-user-properties');
        for (const [table, filters] of [
          ['events-part', { event_time: '2024-01-02T03:04:05.678901Z', user_id: '7' }],
          ['technical-data', { groups_json: '{"b":[2,1], "a": {"y":1,"x":2}}' }],
          ['permanent-user-properties', { registered_via_app: 'true', ehr_id: '9007199254740991', cohort_day: '-1' }],
        ] as const) {
          expect(await list({ filters }, 10, table)).toHaveLength(1);
        }
      });

      it('finds the row of a table without a key by its id', async () => {
        const receipt = await insert([{ uuid: 'a' }, { uuid: 'b' }], {}, 'event-properties');
        const found = await list({ pk: String(ids(receipt)[1]) }, 10, 'event-properties');
        expect(found).toMatchObject([{ uuid: 'b' }]);
      });

      it('answers no next page when there is none', async () => {
        const page = await harness.tables.list(rowSelection(dwhTable(LOCATIONS), {}), CITIES.length);
        expect(page).not.toHaveProperty('next');
        expect(page.rows).toHaveLength(CITIES.length);
      });
    });

    describe('stream', () => {
      it('gives every row that is selected, in the order asked for', async () => {
        await insert(locations(250));
        const selection = rowSelection(dwhTable(LOCATIONS), { sortBy: 'location_lat', sortDir: 'desc' });
        const found: Row[] = [];
        for await (const row of harness.tables.stream(selection)) found.push(row);
        expect(found).toEqual(await list({ sortBy: 'location_lat', sortDir: 'desc' }));
        const some: Row[] = [];
        const filtered = rowSelection(dwhTable(LOCATIONS), { filters: { city: 'city 1' } });
        for await (const row of harness.tables.stream(filtered)) some.push(row);
        expect(some).toEqual(await list({ filters: { city: 'city 1' } }));
      });

      it('gives so many rows as are wanted, and no more', async () => {
        await insert(locations(250));
        for (const limit of [1, 100, 249, 250, 1000]) {
          let count = 0;
          for await (const _ of harness.tables.stream(rowSelection(dwhTable(LOCATIONS), {}), { limit })) count += 1;
          expect(count).toBe(Math.min(limit, 250));
        }
      });

      it('can be left at any time, by whoever reads or by a signal, again and again', async () => {
        await insert(locations(250));
        const selection = rowSelection(dwhTable(LOCATIONS), {});
        for (let time = 0; time < 12; time += 1) {
          for await (const row of harness.tables.stream(selection)) {
            expect(row['uuid']).toBe('u-0');
            break;
          }
        }
        const stop = new AbortController();
        const read = async (): Promise<void> => {
          for await (const _ of harness.tables.stream(selection, { signal: stop.signal }))
            stop.abort(new Error('left'));
        };
        await expect(read()).rejects.toThrow('left');
      });

      it('tells that nobody is there', async () => {
        const rows = harness.unreachable.stream(rowSelection(dwhTable(LOCATIONS), {}))[Symbol.asyncIterator]();
        await expect(rows.next()).rejects.toMatchObject({
          code: expect.stringMatching(/^(database|warehouse)\.unreachable$/),
        });
      });
    });
  });
}

/** A row of every table with a value in every column. */
const FULL: Readonly<Record<string, Row>> = {
  'events-part': {
    uuid: 'e-1',
    event_type: 'purchase',
    event_time: '2024-01-02T03:04:05.678901Z',
    user_id: 7,
    platform: 'iOS',
    device_id: 'd-1',
    event_id: 0,
    language: 'French',
    os_name: 'ios',
    os_version: '17.1',
    session_id: 1_704_164_645_678,
    start_version: '1.0',
    version_name: '2.0',
  },
  'mobile-devices': {
    device_id: 'd-1',
    brand: 'Apple',
    carrier: 'Orange',
    family: 'iPhone',
    manufacturer: 'Apple',
    model: 'iPhone 15',
    type: 'phone',
  },
  'permanent-user-properties': {
    ehr_id: 9_007_199_254_740_991,
    gender: 'f',
    cohort_day: -1,
    cohort_week: 2_147_483_647,
    cohort_month: -2_147_483_648,
    registered_via_app: true,
    source: 'ads',
  },
  'technical-data': {
    uuid: 't-1',
    insert_id: 'i-1',
    amplitude_attribution_ids: ['a'],
    amplitude_id: 356_896_327_775,
    is_attribution_event: 'false',
    library: 'amplitude-ios/8',
    group_properties_json: {},
    groups_json: { a: { x: 2, y: 1 }, b: [2, 1] },
    plan_json: { branch: 'main' },
  },
  'event-properties': { uuid: 'p-1', event_properties_json: { price: 1.5 } },
  'user-properties': {
    uuid: 'p-1',
    user_properties_json: { plan: 'pro' },
    language: 'French',
    session_id: '1704164645678',
    start_version: '1.0',
    migrated: false,
    event_time: '2024-01-02T03:04:05.000000Z',
  },
  'user-locations': {
    uuid: 'l-1',
    location_lat: 45.75,
    location_lng: -4.85,
    city: 'Lyon',
    country: 'France',
    ip_address: '127.0.0.1',
    region: 'Rhône',
  },
};
