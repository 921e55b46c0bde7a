import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresSalesReports } from '../../src/infrastructure/postgres/sales/postgres-sales-reports.js';
import { PostgresSalesTotals } from '../../src/infrastructure/postgres/sales/postgres-sales-totals.js';
import { addDays } from '../../src/domain/sales-reporting/calendar.js';
import { collect, SALES_DDL, type SalesDatabase, salesDatabase } from '../support/sales-database.js';

const TABLE = { table: 'sales_report' };
let database: SalesDatabase;
let reports: PostgresSalesReports;
let totals: PostgresSalesTotals;

beforeAll(async () => {
  database = await salesDatabase();
  reports = new PostgresSalesReports(database.pool, { statementTimeoutMs: 30_000 });
  totals = new PostgresSalesTotals(database.pool);
});
afterAll(() => database.close());

const day = fc.integer({ min: 0, max: 119 }).map((days) => addDays('2024-01-01', days));
const product = fc.integer({ min: 1, max: 4 });
const sale = fc.record({
  day,
  product,
  region: fc.constantFrom('North', 'Süd', 'east'),
  quantity: fc.integer({ min: -5, max: 50 }),
  cents: fc.integer({ min: -100_000, max: 100_000 }),
});
const month = fc.integer({ min: 1, max: 4 });

/** What may happen to a table, in the order in which the lists are written. */
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      sales: fc.array(sale, { minLength: 1, maxLength: 30 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('insert leaf' as const),
      month,
      sales: fc.array(sale, { minLength: 1, maxLength: 10 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('correct' as const), product, cents: fc.integer({ min: 0, max: 9999 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('move' as const), product, days: fc.integer({ min: -40, max: 40 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), day }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('roll back' as const),
      sales: fc.array(sale, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'truncate' as const,
        'truncate twice' as const,
        'reattach' as const,
        'replace' as const,
        'rewrite' as const,
        'untrigger' as const,
        'drop' as const,
      ),
      month,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('not a number' as const, 'no longer' as const), day }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('fold' as const, 'rebuild' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cache' as const), days: fc.array(day, { minLength: 1, maxLength: 20 }) }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;
type Sale = typeof sale extends fc.Arbitrary<infer T> ? T : never;

let saleId = 0;
async function insert(table: string, sales: readonly (Omit<Sale, 'region'> & { region: string })[]): Promise<void> {
  const rows = sales.map(({ day: date, product: id, region, quantity, cents }) => {
    saleId += 1;
    return `(${saleId}, ${id}, 'Product ${id % 3}', '${region}', '${date}', ${quantity}, ${(cents / 100).toFixed(2)}, 1)`;
  });
  await database.client.query(`INSERT INTO ${table} VALUES ${rows.join(', ')}`);
}

const leaf = (number: number): string => `sales_report_2024_0${number}`;
const makeLeaf = (number: number): string =>
  `CREATE TABLE ${leaf(number)} PARTITION OF sales_report FOR VALUES ${bounds(number)}`;
const bounds = (number: number): string => `FROM ('2024-0${number}-01') TO ('2024-0${number + 1}-01')`;

async function happen(event: Happening): Promise<void> {
  const { client } = database;
  switch (event.kind) {
    case 'insert':
      return insert('sales_report', event.sales);
    case 'insert leaf':
      return insert(
        leaf(event.month),
        event.sales.map((each) => ({
          ...each,
          day: `2024-0${event.month}${each.day.slice(7, 10)}`
            .replace('02-30', '02-01')
            .replace('02-31', '02-01')
            .replace('04-31', '04-01'),
        })),
      );
    case 'correct':
      await client.query('UPDATE sales_report SET sales_amount = sales_amount + $2 WHERE product_id = $1', [
        event.product,
        event.cents / 100,
      ]);
      return;
    case 'move':
      await client.query(
        `UPDATE sales_report SET sales_date = sales_date + $2::int
         WHERE product_id = $1 AND sales_date + $2::int BETWEEN '2024-01-01' AND '2024-04-30'`,
        [event.product, event.days],
      );
      return;
    case 'delete':
      await client.query('DELETE FROM sales_report WHERE sales_date = $1', [event.day]);
      return;
    case 'roll back':
      await client.query('BEGIN');
      await insert('sales_report', event.sales);
      await client.query('ROLLBACK');
      return;
    case 'truncate':
      await client.query(`TRUNCATE ${leaf(event.month)}`);
      return;
    case 'truncate twice': {
      // The second one keeps the file: only the trigger tells.
      const sales = [{ day: `2024-0${event.month}-10`, product: 1, region: 'North', quantity: 1, cents: 100 }];
      await client.query(`BEGIN; TRUNCATE ${leaf(event.month)}`);
      await insert('sales_report', sales);
      await client.query(`TRUNCATE ${leaf(event.month)}`);
      await insert('sales_report', sales);
      await client.query('COMMIT');
      return;
    }
    case 'reattach':
      await client.query(`ALTER TABLE sales_report DETACH PARTITION ${leaf(event.month)}`);
      await insert(leaf(event.month), [
        { day: `2024-0${event.month}-10`, product: 2, region: 'North', quantity: 7, cents: 777 },
      ]);
      await client.query(
        `ALTER TABLE sales_report ATTACH PARTITION ${leaf(event.month)} FOR VALUES ${bounds(event.month)}`,
      );
      return;
    case 'replace':
    case 'drop':
      await client.query(`DROP TABLE ${leaf(event.month)}`);
      await client.query(makeLeaf(event.month));
      if (event.kind === 'replace')
        await insert(leaf(event.month), [
          { day: `2024-0${event.month}-20`, product: 3, region: 'Süd', quantity: 1, cents: 5 },
        ]);
      return;
    case 'rewrite':
      await client.query(`VACUUM FULL ${leaf(event.month)}`);
      return;
    case 'untrigger':
      await client.query(`ALTER TABLE ${leaf(event.month)} DISABLE TRIGGER ALL`);
      await insert(leaf(event.month), [
        { day: `2024-0${event.month}-11`, product: 4, region: 'east', quantity: 2, cents: 1234 },
      ]);
      await client.query(`ALTER TABLE ${leaf(event.month)} ENABLE TRIGGER ALL`);
      return;
    case 'not a number':
      saleId += 1;
      await client.query(`INSERT INTO sales_report VALUES (${saleId}, 9, 'Odd', 'North', $1, 1, 'NaN', 1)`, [
        event.day,
      ]);
      return;
    case 'no longer':
      await client.query("DELETE FROM sales_report WHERE sales_amount = 'NaN'");
      return;
    case 'fold':
      await totals.fold(TABLE);
      return;
    case 'rebuild':
      await totals.enable(TABLE);
      await totals.rebuild(TABLE);
      return;
    case 'cache':
      await totals.cacheDays(TABLE, event.days);
      return;
  }
}

async function everything(range: { from: string; to: string }, fromRows: boolean) {
  const request = { table: TABLE, range, fromRows };
  const [summary, breakdown, filtered, kept] = [
    await reports.summary(request),
    await reports.breakdown(request),
    await reports.breakdown({ ...request, product: 'Product 1', region: 'North' }),
    await reports.topProducts({ ...request, ties: 'keep' }),
  ];
  return {
    summary: summary.rows,
    breakdown: await collect(breakdown.rows),
    filtered: await collect(filtered.rows),
    kept: kept.rows,
    version: summary.version,
  };
}

describe('the totals of a sales table', () => {
  it('make the same reports as its rows, at any range, whatever happened to it before', async () => {
    const range = fc
      .tuple(day, day)
      .map(([one, other]) => (one < other ? { from: one, to: other } : { from: other, to: one }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 5, maxLength: 20 }),
        fc.array(range, { minLength: 1, maxLength: 2 }),
        async (events, ranges) => {
          await database.client.query('DROP TABLE IF EXISTS sales_report');
          await database.client.query([SALES_DDL, ...[1, 2, 3, 4].map(makeLeaf)].join(';'));
          await totals.enable(TABLE);
          await totals.rebuild(TABLE);
          const seen = new Map<string, string>();
          for (const event of events) {
            await happen(event);
            for (const each of [{ from: '0001-01-01', to: '9999-12-31' }, ...ranges]) {
              const { version, ...kept } = await everything(each, false);
              const { version: none, ...raw } = await everything(each, true);
              expect(kept).toEqual(raw);
              expect(none).toBeUndefined();
              // One version, one answer.
              const key = `${version} ${each.from} ${each.to}`;
              if (version !== undefined) expect(seen.get(key) ?? JSON.stringify(kept)).toBe(JSON.stringify(kept));
              if (version !== undefined) seen.set(key, JSON.stringify(kept));
            }
          }
          await totals.enable(TABLE);
          await totals.rebuild(TABLE);
          expect(await totals.state(TABLE)).toMatchObject({ isEnabled: true, unknown: [] });
        },
      ),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 8) },
    );
  }, 1_800_000);
});
