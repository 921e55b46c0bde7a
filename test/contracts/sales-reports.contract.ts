import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SalesReports } from '../../src/domain/ports/sales-reports.port.js';
import { ALL_DAYS } from '../../src/domain/sales-reporting/calendar.js';
import { collect } from '../support/sales-database.js';

/** One row of a sales table; what no report reads is made up. */
export interface Sale {
  readonly day: string;
  readonly product: number;
  readonly name: string;
  readonly region: string;
  readonly quantity: number;
  readonly amount: string;
}

export interface SalesReportsHarness {
  readonly reports: SalesReports;
  readonly unreachable: { readonly reports: SalesReports; readonly code: string };
  /** The table holds these rows, and no others. */
  load(sales: readonly Sale[]): Promise<void>;
  close(): Promise<void>;
}

const TABLE = { table: 'sales_report' };
const sale = (change: Partial<Sale>): Sale => ({
  day: '2024-01-15',
  product: 1,
  name: 'Desk',
  region: 'North',
  quantity: 1,
  amount: '10.00',
  ...change,
});

/** What every SalesReports adapter promises. */
export function salesReportsContract(engine: string, open: () => Promise<SalesReportsHarness>): void {
  describe(`SalesReports on ${engine}`, () => {
    let at: SalesReportsHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const all = { table: TABLE, range: ALL_DAYS };
    const summary = async (from: string, to: string) =>
      (await at.reports.summary({ ...all, range: { from, to } })).rows;
    const breakdown = async (change: object = {}) => collect((await at.reports.breakdown({ ...all, ...change })).rows);
    const top = async (ties: 'cut' | 'keep', range = ALL_DAYS) =>
      (await at.reports.topProducts({ ...all, range, ties })).rows;

    it('answers no rows for a table without any', async () => {
      await at.load([]);
      expect((await at.reports.summary(all)).rows).toEqual([]);
      expect(await breakdown()).toEqual([]);
      expect(await top('keep')).toEqual([]);
    });

    describe('over some months', () => {
      beforeEach(() =>
        at.load([
          sale({ day: '2024-01-01', amount: '0.10', quantity: 2 }),
          sale({ day: '2024-01-31', amount: '0.20', region: 'South' }),
          sale({ day: '2024-02-01', amount: '99999999.99', product: 2, name: 'Lamp' }),
          sale({ day: '2024-02-29', amount: '99999999.99', product: 2, name: 'Lamp' }),
          sale({ day: '2024-04-30', amount: '-5.00', quantity: -1, product: 3, name: 'Chair' }),
        ]),
      );

      it('sums up months exactly, and leaves out those without sales', async () => {
        expect((await at.reports.summary(all)).rows).toEqual([
          { month: '2024-01', revenue: '0.30', quantity: 3 },
          { month: '2024-02', revenue: '199999999.98', quantity: 2 },
          { month: '2024-04', revenue: '-5.00', quantity: -1 },
        ]);
      });

      it('takes both ends of a range in, also where they cut a month', async () => {
        expect(await summary('2024-01-31', '2024-02-01')).toEqual([
          { month: '2024-01', revenue: '0.20', quantity: 1 },
          { month: '2024-02', revenue: '99999999.99', quantity: 1 },
        ]);
        expect(await summary('2024-01-02', '2024-01-30')).toEqual([]);
        expect(await top('cut', { from: '2024-01-02', to: '2024-02-28' })).toEqual([
          { rank: 1, product_id: 2, product_name: 'Lamp', revenue: '99999999.99' },
          { rank: 2, product_id: 1, product_name: 'Desk', revenue: '0.20' },
        ]);
      });

      it('breaks months down by product name and region, in this order', async () => {
        expect(await breakdown({ range: { from: '2024-01-01', to: '2024-02-10' } })).toEqual([
          { month: '2024-01', product_name: 'Desk', region: 'North', revenue: '0.10', quantity: 2 },
          { month: '2024-01', product_name: 'Desk', region: 'South', revenue: '0.20', quantity: 1 },
          { month: '2024-02', product_name: 'Lamp', region: 'North', revenue: '99999999.99', quantity: 1 },
        ]);
      });

      it('filters by product and by region, and takes a hostile name for a name', async () => {
        expect(await breakdown({ product: 'Desk', region: 'South' })).toEqual([
          { month: '2024-01', product_name: 'Desk', region: 'South', revenue: '0.20', quantity: 1 },
        ]);
        expect((await breakdown({ region: 'North' })).map(({ month }) => month)).toEqual([
          '2024-01',
          '2024-02',
          '2024-04',
        ]);
        expect(await breakdown({ product: "x' OR '1' = '1" })).toEqual([]);
        expect(await breakdown({ region: "x'; DROP TABLE sales_report; --" })).toEqual([]);
      });
    });

    it('orders names by their characters, and goes on after any row', async () => {
      const names = ['zebra', 'Zebra', 'äpfel', 'apple', 'Apple pie', '日本', 'tab\there', 'back\\slash', "it's"];
      await at.load(
        names.flatMap((name, index) =>
          ['2024-01-10', '2024-02-10'].map((day) => sale({ day, name, product: index + 1, region: `R ${index % 3}` })),
        ),
      );
      const rows = await breakdown();
      const keys = rows.map(({ month, product_name: name, region }) => [month, name, region].join('\0'));
      expect(keys).toEqual(keys.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
      expect(rows).toHaveLength(names.length * 2);
      for (const [index, row] of rows.entries()) {
        const after = { month: row.month, productName: row.product_name, region: row.region };
        expect(await breakdown({ after, limit: 3 })).toEqual(rows.slice(index + 1, index + 4));
      }
      const [, second] = rows;
      const after = { month: second!.month, productName: second!.product_name, region: second!.region };
      expect(await breakdown({ after })).toEqual(rows.slice(2));
    });

    it('ends reading a breakdown when nobody takes its rows any more', async () => {
      await at.load(Array.from({ length: 50 }, (_, n) => sale({ name: `Product ${n}`, product: n })));
      for (let round = 0; round < 20; round += 1) {
        const { rows } = await at.reports.breakdown(all);
        for await (const row of rows) {
          expect(row.month).toBe('2024-01');
          break;
        }
      }
      expect(await breakdown()).toHaveLength(50);
    });

    it('ranks the five products with the highest revenue, and cuts or keeps those that share the fifth', async () => {
      const amounts = ['50.00', '40.00', '40.00', '30.00', '20.00', '20.00', '20.00', '10.00'];
      await at.load(
        amounts.map((amount, index) => sale({ amount, product: index + 1, name: `Product ${'hgfedcba'[index]}` })),
      );
      expect((await top('cut')).map(({ rank, product_id: id, revenue }) => [rank, id, revenue])).toEqual([
        [1, 1, '50.00'],
        [2, 3, '40.00'],
        [2, 2, '40.00'],
        [4, 4, '30.00'],
        [5, 7, '20.00'],
      ]);
      expect((await top('keep')).map(({ rank, product_id: id }) => [rank, id])).toEqual([
        [1, 1],
        [2, 3],
        [2, 2],
        [4, 4],
        [5, 7],
        [5, 6],
        [5, 5],
      ]);
    });

    it('tells products apart by id and name, and adds up names in a breakdown', async () => {
      await at.load([sale({ product: 1 }), sale({ product: 2 }), sale({ product: 1, name: 'Old desk' })]);
      expect((await top('cut')).map(({ product_id: id, product_name: name }) => [id, name])).toEqual([
        [1, 'Desk'],
        [2, 'Desk'],
        [1, 'Old desk'],
      ]);
      expect((await breakdown()).map(({ product_name: name, revenue }) => [name, revenue])).toEqual([
        ['Desk', '20.00'],
        ['Old desk', '10.00'],
      ]);
    });

    it('answers once more only what has changed, by its version', async () => {
      await at.load([sale({})]);
      const { version } = await at.reports.summary(all);
      expect(version).toBeTypeOf('string');
      const versions = new Set([version!]);
      expect(await at.reports.summary({ ...all, versions })).toMatchObject({ isUnchanged: true, rows: [], version });
      expect(await at.reports.topProducts({ ...all, versions, ties: 'cut' })).toMatchObject({ isUnchanged: true });
      const same = await at.reports.breakdown({ ...all, versions });
      expect([same.isUnchanged, await collect(same.rows)]).toEqual([true, []]);
      await at.load([sale({ amount: '10.01' })]);
      const changed = await at.reports.summary({ ...all, versions });
      expect(changed.isUnchanged).toBe(false);
      expect(changed.rows).toEqual([{ month: '2024-01', revenue: '10.01', quantity: 1 }]);
    });

    it('names a table it does not have, and an engine that is not there', async () => {
      const nowhere = { ...all, table: { table: 'nowhere"; DROP TABLE sales_report; --' } };
      await expect(at.reports.summary(nowhere)).rejects.toMatchObject({ code: 'table.unknown' });
      await expect(at.reports.topProducts({ ...nowhere, ties: 'cut' })).rejects.toMatchObject({
        code: 'table.unknown',
      });
      const read = async () => collect((await at.reports.breakdown(nowhere)).rows);
      await expect(read()).rejects.toMatchObject({ code: 'table.unknown' });
      const { reports, code } = at.unreachable;
      await expect(reports.summary(all)).rejects.toMatchObject({ code });
    });
  });
}
