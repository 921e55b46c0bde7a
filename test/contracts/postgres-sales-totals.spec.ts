import type { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SalesSoFar1700000000047 } from '../../migrations/postgres/0047-sales-so-far.js';
import { ALL_DAYS, type DaySpan } from '../../src/domain/sales-reporting/calendar.js';
import { planReport } from '../../src/domain/sales-reporting/plan-report.js';
import { PostgresSalesReports } from '../../src/infrastructure/postgres/sales/postgres-sales-reports.js';
import { PostgresSalesTotals } from '../../src/infrastructure/postgres/sales/postgres-sales-totals.js';
import { breakdownStatement, topStatement } from '../../src/infrastructure/postgres/sales/report-statements.js';
import { collect, monthsOfYear, SALES_DDL, type SalesDatabase, salesDatabase } from '../support/sales-database.js';

const TABLE = { table: 'sales_report' };
const YEAR: DaySpan = { from: '2024-01-01', to: '2024-12-31' };
let database: SalesDatabase;
let reports: PostgresSalesReports;
let totals: PostgresSalesTotals;

beforeAll(async () => {
  database = await salesDatabase();
  reports = new PostgresSalesReports(database.pool, { statementTimeoutMs: 30_000 });
  totals = new PostgresSalesTotals(database.pool);
});
afterAll(() => database.close());
afterEach(async () => {
  // What a test that failed has left open must not keep the next one waiting.
  await database.client.query(`ROLLBACK; RESET ROLE; SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'`);
  await database.client.query(
    'DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public',
  );
});

let lastId = 0;
/** One row; `into` may be a partition. */
async function sell(day: string, amount: string, into = 'sales_report', by: Client = database.client): Promise<void> {
  lastId += 1;
  await by.query(`INSERT INTO ${into} VALUES ($1, 1, 'Desk', 'North', $2, 1, $3, 1)`, [lastId, day, amount]);
}

async function create(ddl = `${SALES_DDL};${monthsOfYear(2024)}`): Promise<void> {
  await database.client.query(ddl);
  await totals.enable(TABLE);
  await totals.rebuild(TABLE);
}

/** The months of a year and their revenue, where they came from, and that they are those of the rows. */
async function months(range = YEAR): Promise<{ source: string; revenue: Record<string, string> }> {
  const [kept, raw] = [
    await reports.summary({ table: TABLE, range }),
    await reports.summary({ table: TABLE, range, fromRows: true }),
  ];
  expect(kept.rows).toEqual(raw.rows);
  expect((await reports.topProducts({ table: TABLE, range, ties: 'keep' })).rows).toEqual(
    (await reports.topProducts({ table: TABLE, range, ties: 'keep', fromRows: true })).rows,
  );
  return { source: kept.source, revenue: Object.fromEntries(kept.rows.map(({ month, revenue }) => [month, revenue])) };
}

describe('totals of a sales table', () => {
  describe('that follow writes by themselves', () => {
    beforeEach(() => create());

    it('hold what any statement did, at once, and need no rows for it', async () => {
      const { client } = database;
      await sell('2024-01-10', '1.10');
      await sell('2024-02-10', '2.20', 'sales_report_2024_02');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '1.10', '2024-02': '2.20' } });
      await client.query(
        "UPDATE sales_report SET sales_amount = 5, sales_date = '2024-03-01' WHERE sales_amount = 1.10",
      );
      await client.query('UPDATE sales_report_2024_02 SET unit_price = 7');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-02': '2.20', '2024-03': '5.00' } });
      await client.query('DELETE FROM sales_report_2024_03');
      await client.query('BEGIN');
      await sell('2024-04-10', '9.99');
      await client.query('ROLLBACK');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-02': '2.20' } });
      await client.query(`INSERT INTO sales_report SELECT * FROM sales_report
        ON CONFLICT (sales_date, sale_id) DO UPDATE SET sales_amount = sales_report.sales_amount + 1`);
      await client.query(`MERGE INTO sales_report s USING (VALUES (1)) AS v (one) ON s.product_id = v.one
        WHEN MATCHED THEN UPDATE SET quantity_sold = 3`);
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-02': '3.20' } });
    });

    it('let writers of the same product and day go on side by side', async () => {
      const [one, other] = [await database.connect(), await database.connect()];
      await one.query('BEGIN');
      await other.query("BEGIN; SET LOCAL lock_timeout = '5s'");
      await sell('2024-01-10', '1.00', 'sales_report', one);
      await sell('2024-01-10', '2.00', 'sales_report', other);
      await sell('2024-01-10', '4.00', 'sales_report', one);
      expect(await months()).toEqual({ source: 'totals', revenue: {} });
      await other.query('COMMIT');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '2.00' } });
      await one.query('ROLLBACK');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '2.00' } });
    });

    it('are added up once, however many fold, rebuild and write at the same time', async () => {
      const writers = await Promise.all(Array.from({ length: 3 }, () => database.connect()));
      const written = writers.map(async (writer) => {
        for (let n = 0; n < 25; n += 1) await sell(`2024-0${1 + (n % 3)}-10`, '1.00', 'sales_report', writer);
      });
      const forgetters = await Promise.all(Array.from({ length: 4 }, () => database.connect()));
      const kept = Array.from({ length: 12 }, async (_, n) => {
        await forgetters[n / 3]?.query(
          "INSERT INTO penstock.sales_stale SELECT id, '2024-02-01', '2024-03-01' FROM penstock.sales_table",
        );
        return n % 2 === 0 ? totals.fold(TABLE) : totals.rebuild(TABLE);
      });
      await Promise.all([...written, ...kept]);
      expect((await months()).revenue).toEqual({ '2024-01': '27.00', '2024-02': '24.00', '2024-03': '24.00' });
      await totals.rebuild(TABLE);
      await totals.fold(TABLE);
      expect(await months()).toMatchObject({ source: 'totals' });
      expect(await totals.state(TABLE)).toEqual({
        table: 'sales_report',
        isEnabled: true,
        unknown: [],
        unfolded: 0,
        daysKept: 0,
      });
    });

    it('are folded by writers where nobody reads', async () => {
      await database.client.query("SELECT setval('penstock.sales_unfolded', 2600000)");
      await sell('2024-01-10', '1.00');
      expect(await totals.state(TABLE)).toMatchObject({ unfolded: 0 });
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '1.00' } });
    });

    it('need no folding by writers where they were rebuilt since', async () => {
      await database.client.query("SELECT setval('penstock.sales_unfolded', 2600000)");
      await database.client.query('TRUNCATE sales_report_2024_02');
      expect(await totals.rebuild(TABLE)).toBe('done');
      await sell('2024-01-10', '1.00');
      expect((await totals.state(TABLE)).unfolded).toBeGreaterThan(0);
    });

    it('count a transaction that began before they were rebuilt, and ended after, once', async () => {
      const writer = await database.connect();
      await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await sell('2024-01-10', '1.00', 'sales_report', writer);
      await database.client.query('TRUNCATE sales_report_2024_02');
      expect(await totals.rebuild(TABLE)).toBe('done');
      await sell('2024-01-10', '2.00', 'sales_report', writer);
      await writer.query('COMMIT');
      await totals.rebuild(TABLE);
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '3.00' } });
    });

    it('take in what somebody without any right on them writes', async () => {
      const { client } = database;
      await client.query(
        'DO $$ BEGIN CREATE ROLE clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT INSERT ON sales_report TO clerk',
      );
      await client.query('SET ROLE clerk');
      await sell('2024-01-10', '1.00');
      await client.query('RESET ROLE');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '1.00' } });
    });

    it('never fail a write: what they cannot add up they do not know', async () => {
      await sell('2024-01-10', '1.00');
      await database.client.query('ALTER TABLE sales_report RENAME COLUMN sales_amount TO amount');
      await sell('2024-01-10', '2.00');
      await expect(reports.summary({ table: TABLE, range: YEAR })).rejects.toMatchObject({ code: 'table.unsuitable' });
      await database.client.query('ALTER TABLE sales_report RENAME COLUMN amount TO sales_amount');
      expect(await months()).toEqual({ source: 'rows', revenue: { '2024-01': '3.00' } });
      await totals.rebuild(TABLE);
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '3.00' } });
    });
  });

  describe('that cannot follow everything', () => {
    beforeEach(async () => {
      await create();
      for (const month of ['01', '02', '03']) await sell(`2024-${month}-10`, '1.00');
    });

    it.each([
      ['truncated', 'TRUNCATE sales_report_2024_02', { '2024-01': '1.00', '2024-03': '1.00' }],
      ['dropped', 'DROP TABLE sales_report_2024_02', { '2024-01': '1.00', '2024-03': '1.00' }],
      [
        'detached',
        'ALTER TABLE sales_report DETACH PARTITION sales_report_2024_02',
        { '2024-01': '1.00', '2024-03': '1.00' },
      ],
      ['rewritten', 'VACUUM FULL sales_report_2024_02', { '2024-01': '1.00', '2024-02': '1.00', '2024-03': '1.00' }],
      [
        'without triggers for a while',
        `ALTER TABLE sales_report_2024_02 DISABLE TRIGGER ALL;
         UPDATE sales_report_2024_02 SET sales_amount = 7;
         ALTER TABLE sales_report_2024_02 ENABLE TRIGGER ALL`,
        { '2024-01': '1.00', '2024-02': '7.00', '2024-03': '1.00' },
      ],
    ])('read the rows of a partition that was %s, and of no other, until it is rebuilt', async (_, sql, revenue) => {
      await database.client.query(sql);
      expect(await months()).toEqual({ source: 'mixed', revenue });
      expect((await months({ from: '2024-03-01', to: '2024-12-31' })).source).toBe('totals');
      const { wanted, version } = await reports.summary({ table: TABLE, range: YEAR });
      expect([wanted, version]).toEqual([{ table: TABLE, rebuild: true, fold: false, days: [] }, undefined]);
      await totals.enable(TABLE);
      expect(await totals.rebuild(TABLE)).toBe('done');
      expect(await months()).toEqual({ source: 'totals', revenue });
    });

    it('never give a version twice, also when a month is emptied and filled again', async () => {
      const seen = new Map<string, unknown>();
      const note = async (): Promise<void> => {
        const { version, rows } = await reports.summary({ table: TABLE, range: YEAR });
        if (version === undefined) return;
        expect(seen.get(version) ?? rows).toEqual(rows);
        seen.set(version, rows);
      };
      await note();
      for (let round = 0; round < 3; round += 1) {
        await database.client.query('TRUNCATE sales_report_2024_02');
        await totals.rebuild(TABLE);
        await note();
        await sell('2024-02-10', `${round + 5}.00`);
        await note();
        await totals.fold(TABLE);
        await note();
      }
      expect(seen.size).toBe(7);
    });

    it('give up on a table in use, and enable it when it is free', async () => {
      await totals.disable(TABLE);
      const { rows } = await database.client.query("SELECT FROM pg_trigger WHERE tgname LIKE 'penstock%'");
      expect([rows.length, (await months()).source]).toEqual([0, 'rows']);
      const writer = await database.connect();
      await writer.query('BEGIN');
      await sell('2024-01-11', '1.00', 'sales_report', writer);
      await expect(totals.enable(TABLE)).rejects.toMatchObject({ code: 'table.locked' });
      expect((await totals.state(TABLE)).isEnabled).toBe(false);
      await writer.query('COMMIT');
      await totals.enable(TABLE);
      await totals.enable(TABLE);
      expect((await months()).source).toBe('rows');
      await totals.rebuild(TABLE);
      expect(await months()).toMatchObject({ source: 'totals' });
    });

    it('end a rebuild on the word of whoever wants to stop', async () => {
      await database.client.query('TRUNCATE sales_report_2024_02');
      expect(await totals.rebuild(TABLE, AbortSignal.abort())).toBe('busy');
      expect((await months()).source).toBe('mixed');
    });
  });

  describe('so far', () => {
    const range = { from: '2024-01-11', to: '2024-03-31' };
    const request = { table: TABLE, range, ties: 'cut' as const };
    const wanted = async () => (await reports.topProducts(request)).wanted?.days;
    const plus = async (sql: string) => (await database.client.query<{ n: number }>(sql)).rows[0]!.n;

    beforeEach(async () => {
      await create();
      for (const day of ['2024-01-10', '2024-01-11', '2024-01-20']) await sell(day, '1.00');
      await totals.fold(TABLE);
    });

    it('are kept for the ends of ranges, and out of date with the next change', async () => {
      const first = await reports.topProducts(request);
      expect(first.wanted?.days).toEqual(['2024-01-10']);
      expect(await totals.keepSoFar(TABLE, first.wanted!.days)).toBe('done');
      expect(await reports.topProducts(request)).toMatchObject({ rows: first.rows, source: 'totals' });
      // Now the months themselves could do with those of the year.
      expect(await wanted()).toEqual(['2024-03-31']);
      await totals.keepSoFar(TABLE, ['2024-03-31']);
      expect(await reports.topProducts(request)).toMatchObject({ rows: first.rows, source: 'totals' });
      expect(await wanted()).toBeUndefined();
      await sell('2024-01-10', '9.00');
      expect((await reports.topProducts(request)).rows).toEqual(first.rows);
      expect(await wanted()).toEqual(['2024-01-10']);
    });

    it('go on holding where only later days change, and are added to by the rows of these', async () => {
      await totals.keepSoFar(TABLE, ['2024-01-11', '2024-01-31']);
      await sell('2024-01-15', '5.00');
      const until = (to: string) => ({ ...request, range: { from: '2024-01-01', to } });
      expect(await reports.topProducts(until('2024-01-12'))).toMatchObject({
        source: 'totals',
        version: expect.any(String),
      });
      expect((await reports.topProducts(until('2024-01-12'))).wanted).toBeUndefined();
      expect((await reports.topProducts(until('2024-01-16'))).rows[0]?.revenue).toBe('7.00');
      expect((await reports.topProducts(until('2024-01-16'))).wanted?.days).toEqual(['2024-01-16']);
    });

    it('are kept of all days and years at once, of months with more rows than that takes', async () => {
      expect(await totals.keepAllSoFar(TABLE)).toBe('done');
      expect((await totals.state(TABLE)).daysKept).toBe(4); // three days of January, and its end for the year
      expect(await wanted()).toBeUndefined();
      expect(await totals.keepAllSoFar(TABLE)).toBe('nothing');
      await database.client.query(`INSERT INTO sales_report SELECT 1000 + n, n, 'Product ' || n, 'R',
        date '2024-02-01' + n % 20, 1, 1, 1 FROM generate_series(1, 100) AS n`);
      await totals.fold(TABLE);
      await totals.keepAllSoFar(TABLE);
      expect(
        await plus(
          "SELECT count(*)::int AS n FROM penstock.sales_so_far WHERE day < '2024-02-29' AND day > '2024-01-31'",
        ),
      ).toBe(0);
    });

    it('need nothing of a month without sales, in the middle of which a partition is unknown elsewhere', async () => {
      await database.client.query('TRUNCATE sales_report_2024_05');
      const empty = { ...request, range: { from: '2024-07-03', to: '2024-07-20' } };
      expect(await reports.topProducts(empty)).toMatchObject({ rows: [], source: 'totals' });
    });

    it('never make a number of what is none, nor the other way round', async () => {
      await database.client.query(
        "INSERT INTO sales_report VALUES (99, 1, 'Desk', 'North', '2024-01-05', 1, 'NaN', 1)",
      );
      await totals.rebuild(TABLE);
      await totals.keepAllSoFar(TABLE);
      expect((await reports.topProducts(request)).rows).toEqual([
        { rank: 1, product_id: 1, product_name: 'Desk', revenue: '2.00' },
      ]);
      expect((await reports.topProducts({ ...request, range: YEAR })).rows[0]?.revenue).toBe('NaN');
    });

    it('are kept once by two who do so at the same time, and not at all without totals', async () => {
      const outcomes = await Promise.all([1, 2, 3].map(() => totals.keepSoFar(TABLE, ['2024-01-11'])));
      expect(outcomes).toContain('done');
      expect(await plus('SELECT count(*)::int AS n FROM penstock.sales_so_far_product')).toBe(3);
      await totals.disable(TABLE);
      expect(await plus('SELECT count(*)::int AS n FROM penstock.sales_so_far_product')).toBe(0);
      expect(await totals.keepSoFar(TABLE, ['2024-01-11'])).toBe('nothing');
    });
  });

  describe('of other shapes of tables', () => {
    const week = (n: number): string => `'2024-01-0${1 + n * 2}'`;
    it.each([
      ['not partitioned', SALES_DDL.replace(') PARTITION BY RANGE (sales_date)', ')')],
      [
        'partitioned in parts of months',
        `${SALES_DDL};${[0, 1, 2].map((n) => `CREATE TABLE w${n} PARTITION OF sales_report FOR VALUES FROM (${week(n)}) TO (${week(n + 1)})`).join(';')};
        CREATE TABLE rest PARTITION OF sales_report DEFAULT`,
      ],
      [
        'partitioned twice',
        `${SALES_DDL};CREATE TABLE y PARTITION OF sales_report FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (sale_id);
        CREATE TABLE y0 PARTITION OF y DEFAULT`,
      ],
      [
        'partitioned by hash',
        `${SALES_DDL.replace('RANGE', 'HASH')};CREATE TABLE h PARTITION OF sales_report FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
      ],
    ])('follow a table that is %s', async (_, ddl) => {
      await create(ddl);
      await sell('2024-01-02', '1.00');
      await sell('2024-01-03', '2.00');
      await sell('2024-05-03', '4.00');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '3.00', '2024-05': '4.00' } });
      await database.client.query('TRUNCATE sales_report');
      expect((await months()).revenue).toEqual({});
      await totals.rebuild(TABLE);
      await sell('2024-01-02', '1.00');
      expect(await months()).toEqual({ source: 'totals', revenue: { '2024-01': '1.00' } });
    });

    it('are refused for a table with other columns, naming each', async () => {
      await database.client.query(
        'CREATE TABLE sales_report (sales_date timestamp NOT NULL, sales_amount float NOT NULL, region text)',
      );
      const failure = {
        code: 'table.unsuitable',
        faults: expect.arrayContaining([
          { path: 'sales_date', message: 'is timestamp, not date' },
          { path: 'region', message: 'must be NOT NULL' },
          { path: 'product_id', message: 'the column is missing; it is int2 or int4 or int8' },
        ]) as unknown,
      };
      await expect(totals.enable(TABLE)).rejects.toMatchObject(failure);
      await expect(reports.summary({ table: TABLE, range: ALL_DAYS })).rejects.toMatchObject(failure);
    });

    it('say how to make the table where there is none', async () => {
      const words = /create-schema --source data\/optimised\/sales_schema\.sql/;
      await expect(reports.summary({ table: TABLE, range: ALL_DAYS })).rejects.toThrow(words);
      await expect(totals.state({ table: 'other' })).rejects.toMatchObject({ code: 'table.unknown' });
    });
  });

  it('come along with what was appended and is known, when the service is upgraded', async () => {
    const { client } = database;
    const migration = new SalesSoFar1700000000047();
    const runner = { query: (sql: string) => client.query(sql) } as unknown as QueryRunner; // all that it uses of it
    await create();
    await sell('2024-01-10', '1.00');
    await migration.down(runner);
    await client.query(`
      INSERT INTO penstock.sales_table (relation) VALUES ('sales_report'::regclass);
      SELECT penstock.sales_watch(relation, id) FROM penstock.sales_table;
      INSERT INTO penstock.sales_leaf (table_id, leaf, filenode, bound, from_day, to_day)
      SELECT t.id, l.relation, l.filenode, l.bound, '2024-01-01', '2025-01-01'
      FROM penstock.sales_table t, penstock.sales_leaves(t.relation, t.id) AS l WHERE l.is_leaf`);
    await client.query('DELETE FROM sales_report; DELETE FROM penstock.sales_delta');
    await sell('2024-02-10', '2.00');
    await migration.up(runner);
    expect(await months()).toEqual({ source: 'totals', revenue: { '2024-02': '2.00' } });
    await sell('2024-03-10', '3.00');
    expect(await months()).toEqual({ source: 'totals', revenue: { '2024-02': '2.00', '2024-03': '3.00' } });
  });

  describe('and their plans', () => {
    interface Node {
      readonly 'Node Type': string;
      readonly 'Relation Name'?: string;
      readonly 'Index Name'?: string;
      readonly Plans?: readonly Node[];
    }
    const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];
    async function explain({ sql, values }: { sql: string; values: unknown[] }): Promise<Node[]> {
      const { rows } = await database.client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
        `EXPLAIN (FORMAT JSON) ${sql}`,
        values,
      );
      return flat(rows[0]!['QUERY PLAN'][0].Plan);
    }
    const tablesOf = (nodes: readonly Node[]): string[] =>
      [...new Set(nodes.flatMap((node) => node['Relation Name'] ?? []))].sort();

    beforeEach(async () => {
      await create();
      await database.client.query(`INSERT INTO sales_report SELECT n, n % 500, 'Product ' || n % 500, 'R' || n % 5,
        date '2024-01-01' + n % 366, 1, 1, 1 FROM generate_series(1, 30000) AS n`);
      await totals.fold(TABLE);
      const { rows } = await database.client.query<{ id: number }>(
        "SELECT id FROM penstock.sales_table WHERE relation = 'sales_report'::regclass",
      );
      place = { table: 'sales_report', tableId: rows[0]!.id };
      await database.client.query('ANALYZE sales_report; ANALYZE penstock.sales_cell');
    });
    let place: { table: string; tableId: number };
    const fromRows = (range: DaySpan) => planReport(range, { unknown: [ALL_DAYS] });

    it('read only the partitions of the range', async () => {
      const range = { from: '2024-02-10', to: '2024-04-20' };
      const nodes = await explain(topStatement(place, fromRows(range), { rank: 5, limit: 5 }));
      expect(tablesOf(nodes)).toEqual(['sales_report_2024_02', 'sales_report_2024_03', 'sales_report_2024_04']);
    });

    it('find a product in its partition by the index', async () => {
      const range = { from: '2024-02-01', to: '2024-02-29' };
      const nodes = await explain(breakdownStatement(place, fromRows(range), { product: 'Product 7', limit: 10 }));
      expect(tablesOf(nodes)).toEqual(['sales_report_2024_02']);
      expect(nodes.flatMap((node) => node['Index Name'] ?? [])).toEqual(['sales_report_2024_02_product_name_idx']);
    });

    it('read no partition at all where totals are known', async () => {
      const plan = planReport(YEAR, { unknown: [] });
      const nodes = await explain(topStatement(place, plan, { rank: 5, limit: 5 }));
      expect(tablesOf(nodes)).toEqual(['sales_cell', 'sales_cell_delta', 'sales_day_delta']);
      const product = await explain(breakdownStatement(place, plan, { product: 'Product 7', limit: 10 }));
      expect(product.flatMap((node) => node['Index Name'] ?? [])).toContain('sales_cell_by_product');
      const rows = await collect((await reports.breakdown({ table: TABLE, range: YEAR, product: 'Product 7' })).rows);
      expect(rows.length).toBeGreaterThan(10);
    });
  });
});
