import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/domain/errors.js';
import type { SinkSchema } from '../../src/domain/event-pipelines/sink-schema.js';
import { MAX_CHUNK_ROWS, type SinkRow, type WarehouseSink } from '../../src/domain/ports/warehouse-sink.port.js';
import { freshName } from '../support/engine-of.js';

export interface WarehouseSinkHarness {
  readonly sink: WarehouseSink;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: WarehouseSink;
  /** Database or schema of tables that are named without one. */
  readonly namespace: string;
  /** A reading statement with one parameter, that answers it as `n`. */
  readonly parameter: readonly [string, readonly unknown[] | Record<string, unknown>];
  rows(sql: string): Promise<Record<string, unknown>[]>;
  dropNamespace(name: string): Promise<void>;
  close(): Promise<void>;
}

const PER_MINUTE: SinkSchema = {
  columns: [
    { name: 'window_start', type: 'datetime' },
    { name: 'device_type', type: 'string' },
    { name: 'count', type: 'long' },
  ],
  orderBy: ['window_start', 'device_type'],
};

const WINDOWS: SinkRow[] = [
  { window: { start: '2025-12-14T13:45:00Z', end: '2025-12-14T13:46:00Z' }, device_type: 'mobile', count: 3 },
  { window: { start: '2025-12-14T13:46:00Z', end: '2025-12-14T13:47:00Z' }, device_type: 'desktop', count: 5 },
];

/** What every WarehouseSink adapter promises; run it on each engine the adapter claims to speak to. */
export function warehouseSinkContract(engine: string, open: () => Promise<WarehouseSinkHarness>): void {
  describe(`WarehouseSink on ${engine}`, () => {
    let at: WarehouseSinkHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const created = async (schema: SinkSchema = PER_MINUTE): Promise<string> => {
      const table = freshName('events');
      await at.sink.createTable(table, schema);
      return table;
    };
    const count = async (table: string): Promise<number> => {
      const [row] = await at.rows(`SELECT count(*) AS n FROM ${at.namespace}.${table}`);
      return Number(row?.['n']);
    };
    const faultsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
      const error = await work.catch((cause: unknown) => cause);
      if (!(error instanceof PenstockError) || error.code !== 'rows.rejected') throw error;
      expect(JSON.stringify([error.message, error.faults])).not.toContain('hunter2');
      return error.faults.map(({ path }) => path);
    };

    describe('a table', () => {
      it('is made of all types of the document, and takes their values', async () => {
        const types = ['string', 'int', 'long', 'float', 'double', 'boolean', 'timestamp', 'datetime', 'date'] as const;
        const table = await created({
          columns: types.map((type) => ({ name: `a_${type}`, type })),
          orderBy: ['a_long'],
        });
        const row = {
          a_string: 'x',
          a_int: 2_147_483_648,
          a_long: '9007199254740993',
          a_float: 0.1,
          a_double: 1e300,
          a_boolean: true,
          a_timestamp: '2025-12-14T13:45:00Z',
          a_datetime: '2025-12-14T14:45:00+01:00',
          a_date: '2025-12-14',
        };
        expect(await at.sink.writeBatch([row], { batchId: '1', table })).toBe(1);
        const [found] = await at.rows(`
          SELECT a_string, a_int = 2147483648 AS i, a_long = 9007199254740993 AS l, a_float = 0.1 AS f, a_double = 1e300 AS d,
                 a_boolean, a_timestamp = a_datetime AS same, a_date = '2025-12-14' AS day FROM ${at.namespace}.${table}`);
        expect(Object.values(found ?? {}).map((value) => (value === 'x' ? value : Boolean(value)))).toEqual([
          'x',
          ...Array.from({ length: 7 }, () => true),
        ]);
      });

      it('may be asked for twice, and not with other columns', async () => {
        const table = await created();
        await at.sink.createTable(table, PER_MINUTE);
        await Promise.all([at.sink.createTable(table, PER_MINUTE), at.sink.createTable(table, PER_MINUTE)]);
        const columns = PER_MINUTE.columns.slice(1);
        const other = at.sink.createTable(table, { columns, orderBy: ['count'] });
        await expect(other).rejects.toMatchObject({ code: 'table.exists' });
      });

      it('is made once by two who make it at the same time', async () => {
        const table = freshName('events');
        await Promise.all([1, 2, 3].map(() => at.sink.createTable(table, PER_MINUTE)));
        expect(await count(table)).toBe(0);
      });

      it('is refused with a fault for each thing that is wrong', async () => {
        const columns = [
          ...PER_MINUTE.columns,
          { name: 'count', type: 'int' as const },
          { name: '', type: 'int' as const },
        ];
        const made = at.sink.createTable(freshName('events'), { columns, orderBy: ['elsewhere'] });
        await expect(made).rejects.toMatchObject({
          code: 'schema.invalid',
          faults: [
            { path: 'columns.2.name' },
            { path: 'columns.3.name' },
            { path: 'columns.4.name' },
            { path: 'orderBy' },
          ],
        });
        await expect(at.sink.createTable('a.b.c', PER_MINUTE)).rejects.toMatchObject({ code: 'identifier.invalid' });
      });

      it('has any name, quoted', async () => {
        const table = `${freshName('odd')} "; \`'`;
        const columns = [{ name: `a "b" \`c\``, type: 'string' as const }];
        await at.sink.createTable(table, { columns });
        expect(await at.sink.writeBatch([{ [`a "b" \`c\``]: 'x' }], { batchId: '1', table })).toBe(1);
      });
    });

    describe('a batch', () => {
      const columnMapping = { 'window.start': 'window_start', device_type: 'device_type', count: 'count' };

      it('is written by its mapping: nested, renamed, and without what is not named', async () => {
        const table = await created({
          columns: [...PER_MINUTE.columns.slice(0, 2), { name: 'event_count', type: 'long' }],
          orderBy: ['window_start'],
        });
        const mapping = { 'window.start': 'window_start', device_type: 'device_type', count: 'event_count' };
        expect(await at.sink.writeBatch(WINDOWS, { batchId: '1', table, columnMapping: mapping })).toBe(2);
        const rows = await at.rows(
          `SELECT device_type, event_count FROM ${at.namespace}.${table} ORDER BY window_start`,
        );
        expect(rows.map((row) => [row['device_type'], Number(row['event_count'])])).toEqual([
          ['mobile', 3],
          ['desktop', 5],
        ]);
      });

      it('is written once for each id', async () => {
        const table = await created();
        const batch = { batchId: '7', table, columnMapping };
        expect(await at.sink.writeBatch(WINDOWS, batch)).toBe(2);
        expect(await at.sink.writeBatch(WINDOWS, batch)).toBe(2);
        expect(await count(table)).toBe(2);
        expect(await at.sink.writeBatch(WINDOWS, { ...batch, batchId: '8' })).toBe(2);
        expect(await count(table)).toBe(4);
        expect(await at.sink.writeBatch(WINDOWS, { ...batch, table: await created() })).toBe(2);
      });

      it('is written once by many who write it at the same time', async () => {
        const table = await created();
        const batch = { batchId: '7', table, columnMapping };
        await Promise.all([1, 2, 3].map(() => at.sink.writeBatch(WINDOWS, batch)));
        expect(await count(table)).toBe(2);
      });

      it('may have more rows than one write', async () => {
        const table = await created();
        const rows = Array.from({ length: 2 * MAX_CHUNK_ROWS + 1 }, (_, n) => ({
          window_start: '2025-12-14T13:45:00Z',
          device_type: 'mobile',
          count: n,
        }));
        for (const _ of [1, 2]) expect(await at.sink.writeBatch(rows, { batchId: '1', table })).toBe(rows.length);
        expect(await count(table)).toBe(rows.length);
        expect(await at.sink.writeBatch([], { batchId: '2', table })).toBe(0);
      });

      it('is refused by row and column, without a value', async () => {
        const table = await created();
        const [first, second] = WINDOWS.map(({ device_type, count: n }) => ({ device_type, count: n }));
        const rows = [first!, { ...second, count: 'hunter2' }, { ...first, password: 'hunter2' }];
        expect(await faultsOf(at.sink.writeBatch(rows.slice(0, 2), { batchId: '1', table }))).toEqual(['rows.1.count']);
        expect(await faultsOf(at.sink.writeBatch([first!, rows[2]!], { batchId: '2', table }))).toEqual([
          'rows.1.password',
        ]);
        expect(await count(table)).toBe(0);
        // The id is free still.
        expect(await at.sink.writeBatch([first!], { batchId: '1', table })).toBe(1);
      });

      it('needs a table', async () => {
        const batch = { batchId: '1', table: freshName('nowhere') };
        await expect(at.sink.writeBatch(WINDOWS, batch)).rejects.toMatchObject({ code: 'table.unknown' });
      });
    });

    describe('a query', () => {
      it('answers rows, with parameters', async () => {
        const { rows } = await at.sink.query(...at.parameter);
        expect(rows.map((row) => Number((JSON.parse(row) as { n: unknown }).n))).toEqual([7]);
      });

      it('changes nothing', async () => {
        const table = await created();
        const dropped = at.sink.query(`DROP TABLE ${at.namespace}.${table}`);
        await expect(dropped).rejects.toMatchObject({ code: 'query.refused' });
        expect(await count(table)).toBe(0);
      });
    });

    describe('its health', () => {
      it('includes that the database of its tables is there', async () => {
        expect(await at.sink.healthCheck()).toBe(false);
        const namespace = freshName('made');
        expect(await at.sink.healthCheck(namespace)).toBe(true);
        expect(await at.sink.healthCheck(namespace)).toBe(false);
        await at.sink.createTable(`${namespace}.events`, PER_MINUTE);
        expect(
          await at.sink.writeBatch([{ count: 1, device_type: 'tv', window_start: '2025-12-14T13:45:00Z' }], {
            batchId: '1',
            table: `${namespace}.events`,
          }),
        ).toBe(1);
        await at.dropNamespace(namespace);
      });

      it('is bad when the engine does not answer', async () => {
        await expect(at.unreachable.healthCheck()).rejects.toMatchObject({
          code: expect.stringContaining('unreachable'),
        });
      });

      it('is needed for tables of a database that is not there', async () => {
        const made = at.sink.createTable(`${freshName('nowhere')}.events`, PER_MINUTE);
        await expect(made).rejects.toMatchObject({ code: 'database.unknown' });
      });
    });
  });
}
