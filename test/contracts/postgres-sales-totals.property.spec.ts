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
    arbitrary: fc.record({ kind: fc.constant('cache' as const), keep: fc.array(day, { minLength: 1, maxLength: 20 }) }),
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

const row = (date: string, change: Partial<Sale> = {}) => ({
  day: date,
  product: 1,
  region: 'North',
  quantity: 1,
  cents: 100,
  ...change,
});
const run = (sql: string, values: unknown[] = []) => database.client.query(sql, values);

/** Every kind of happening, as it is done. */
interface Details {
  readonly sales: readonly Sale[];
  readonly month: number;
  readonly product: number;
  readonly cents: number;
  readonly days: number;
  readonly day: string;
  readonly keep: readonly string[];
}
const DEEDS: Readonly<Record<Happening['kind'], (event: Details) => Promise<unknown>>> = {
  insert: ({ sales }) => insert('sales_report', sales),
  'insert leaf': ({ month: of, sales }) =>
    insert(
      leaf(of),
      sales.map((each) => ({ ...each, day: `2024-0${of}-${each.day.slice(8)}`.replace(/-(29|30|31)$/, '-28') })),
    ),
  correct: ({ product: id, cents }) =>
    run('UPDATE sales_report SET sales_amount = sales_amount + $2 WHERE product_id = $1', [id, cents / 100]),
  move: ({ product: id, days }) =>
    run(
      `UPDATE sales_report SET sales_date = sales_date + $2::int
       WHERE product_id = $1 AND sales_date + $2::int BETWEEN '2024-01-01' AND '2024-04-30'`,
      [id, days],
    ),
  delete: ({ day: date }) => run('DELETE FROM sales_report WHERE sales_date = $1', [date]),
  'roll back': async ({ sales }) => {
    await run('BEGIN');
    await insert('sales_report', sales);
    await run('ROLLBACK');
  },
  truncate: ({ month: of }) => run(`TRUNCATE ${leaf(of)}`),
  // The second one keeps the file: only the trigger tells.
  'truncate twice': async ({ month: of }) => {
    await run(`BEGIN; TRUNCATE ${leaf(of)}`);
    await insert('sales_report', [row(`2024-0${of}-10`)]);
    await run(`TRUNCATE ${leaf(of)}`);
    await insert('sales_report', [row(`2024-0${of}-10`)]);
    await run('COMMIT');
  },
  reattach: async ({ month: of }) => {
    await run(`ALTER TABLE sales_report DETACH PARTITION ${leaf(of)}`);
    await insert(leaf(of), [row(`2024-0${of}-10`, { product: 2, cents: 777 })]);
    await run(`ALTER TABLE sales_report ATTACH PARTITION ${leaf(of)} FOR VALUES ${bounds(of)}`);
  },
  drop: ({ month: of }) => run(`DROP TABLE ${leaf(of)}; ${makeLeaf(of)}`),
  replace: async ({ month: of }) => {
    await run(`DROP TABLE ${leaf(of)}; ${makeLeaf(of)}`);
    await insert(leaf(of), [row(`2024-0${of}-20`, { product: 3, cents: 5 })]);
  },
  rewrite: ({ month: of }) => run(`VACUUM FULL ${leaf(of)}`),
  untrigger: async ({ month: of }) => {
    await run(`ALTER TABLE ${leaf(of)} DISABLE TRIGGER ALL`);
    await insert(leaf(of), [row(`2024-0${of}-11`, { product: 4, cents: 1234 })]);
    await run(`ALTER TABLE ${leaf(of)} ENABLE TRIGGER ALL`);
  },
  'not a number': ({ day: date }) => {
    saleId += 1;
    return run("INSERT INTO sales_report VALUES ($1, 9, 'Odd', 'North', $2, 1, 'NaN', 1)", [saleId, date]);
  },
  'no longer': () => run("DELETE FROM sales_report WHERE sales_amount = 'NaN'"),
  fold: () => totals.fold(TABLE),
  rebuild: async () => {
    await totals.enable(TABLE);
    await totals.rebuild(TABLE);
  },
  cache: ({ keep }) => totals.keepSoFar(TABLE, keep),
};

async function happen(event: Happening): Promise<void> {
  await DEEDS[event.kind](event as unknown as Details); // each reads only what its kind has
}

async function everything(range: { from: string; to: string }, fromRows: boolean) {
  const request = { table: TABLE, range, fromRows };
  // One after another: rows that nobody takes keep their moment, and whoever changes the table waiting.
  const summary = await reports.summary(request);
  return {
    summary: summary.rows,
    breakdown: await collect((await reports.breakdown(request)).rows),
    filtered: await collect((await reports.breakdown({ ...request, product: 'Product 1', region: 'North' })).rows),
    kept: (await reports.topProducts({ ...request, ties: 'keep' })).rows,
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
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 5) },
    );
  }, 1_800_000);
});
