import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { monthsOfYears, planMonths } from '../../src/domain/sales-reporting/plan-partitions.js';
import { PostgresTablePartitions } from '../../src/infrastructure/postgres/sales/postgres-table-partitions.js';
import { SALES_DDL, type SalesDatabase, salesDatabase } from '../support/sales-database.js';

const TABLE = { table: 'sales_report' };
let database: SalesDatabase;
let partitions: PostgresTablePartitions;

beforeAll(async () => {
  database = await salesDatabase();
  partitions = new PostgresTablePartitions(database.pool);
});
afterAll(() => database.close());
afterEach(() => database.client.query('ROLLBACK; DROP SCHEMA public CASCADE; CREATE SCHEMA public'));

const run = (sql: string) => database.client.query(sql);
const create = (year: number, table: { schema?: string; table: string } = TABLE) =>
  partitions.create(table, (existing) => planMonths(existing, monthsOfYears(year, year)));
const sell = (days: readonly string[]) =>
  run(
    `INSERT INTO sales_report VALUES ${days.map((day, n) => `(${n}, 1, 'Desk', 'North', '${day}', 1, 1, 1)`).join(', ')}`,
  );
async function places(): Promise<Record<string, string>> {
  const { rows } = await database.client.query<{ day: string; place: string }>(
    'SELECT sales_date::text AS day, tableoid::regclass::text AS place FROM sales_report ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ day, place }) => [day, place]));
}

describe('TablePartitions on PostgreSQL', () => {
  it('gives every month of a year its partition, once', async () => {
    await run(SALES_DDL);
    const { created } = await create(2024);
    expect(created).toHaveLength(12);
    expect(created[1]).toEqual({ name: 'sales_report_2024_02', from: '2024-02-01', until: '2024-03-01', moved: 0 });
    expect((await create(2024)).created).toEqual([]);
    const { partitions: found, keyColumn, keyType, name } = await partitions.describe(TABLE);
    expect([found.length, keyColumn, keyType, name]).toEqual([
      12,
      'sales_date',
      'date',
      { schema: 'public', table: 'sales_report' },
    ]);
    const { rows } = await run("SELECT count(*)::int AS n FROM pg_indexes WHERE tablename = 'sales_report_2024_12'");
    expect(rows).toEqual([{ n: 3 }]);
  });

  it('moves rows out of the default partition into the new ones, all in one', async () => {
    await run(`${SALES_DDL};CREATE TABLE strays PARTITION OF sales_report DEFAULT`);
    await sell(['2024-01-01', '2024-01-31', '2024-02-01', '2025-06-01']);
    const { created } = await create(2024);
    expect(created.map(({ moved }) => moved).slice(0, 3)).toEqual([2, 1, 0]);
    expect(await places()).toEqual({
      '2024-01-01': 'sales_report_2024_01',
      '2024-01-31': 'sales_report_2024_01',
      '2024-02-01': 'sales_report_2024_02',
      '2025-06-01': 'strays',
    });
    expect(await partitions.describe(TABLE)).toMatchObject({ defaultPartition: 'strays', hasStrays: true });
  });

  it('changes nothing at all where rows cannot be moved, or a name is taken', async () => {
    await run(`${SALES_DDL};CREATE TABLE strays PARTITION OF sales_report DEFAULT;
      CREATE TABLE returned (sale_id int, sales_date date, FOREIGN KEY (sales_date, sale_id) REFERENCES sales_report)`);
    await sell(['2024-03-01']);
    await run("INSERT INTO returned VALUES (0, '2024-03-01')");
    await expect(create(2024)).rejects.toMatchObject({ code: 'rows.rejected' });
    await run('TRUNCATE returned; CREATE TABLE sales_report_2024_12 (a int)');
    await expect(create(2024)).rejects.toMatchObject({
      code: 'table.exists',
      message: expect.stringContaining('public.sales_report_2024_12') as unknown,
    });
    expect((await partitions.describe(TABLE)).partitions).toEqual([]);
    expect(await places()).toEqual({ '2024-03-01': 'strays' });
  });

  it('respects partitions of other widths, and tells months that they cover in part, and gaps', async () => {
    await run(`${SALES_DDL};
      CREATE TABLE y2023 PARTITION OF sales_report FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
      CREATE TABLE spring PARTITION OF sales_report FOR VALUES FROM ('2024-03-15') TO ('2024-05-01');
      CREATE TABLE june_a PARTITION OF sales_report FOR VALUES FROM ('2024-06-01') TO ('2024-06-11');
      CREATE TABLE june_b PARTITION OF sales_report FOR VALUES FROM ('2024-06-11') TO ('2024-07-01')`);
    expect((await create(2023)).plan.existing).toHaveLength(12);
    const { plan, created } = await create(2024);
    expect(created.map(({ from }) => from.slice(5, 7))).toEqual(['01', '02', '05', '07', '08', '09', '10', '11', '12']);
    expect(plan).toMatchObject({
      existing: ['2024-04', '2024-06'],
      overlaps: [{ month: '2024-03', partitions: ['spring'] }],
      gaps: [{ from: '2024-03-01', until: '2024-03-15' }],
    });
  });

  it.each([
    ['timestamp', "'2024-06-30 23:59:59.999'"],
    ['timestamptz', "'2024-06-30 23:59:59+00'"],
  ])('partitions a table by %s, in any schema, with any name', async (type, moment) => {
    const long = `Überlänge ${'ä'.repeat(24)}`;
    await run(`CREATE SCHEMA IF NOT EXISTS "My Data"; DROP TABLE IF EXISTS "My Data"."${long}";
      CREATE TABLE "My Data"."${long}" (at ${type} NOT NULL, double int GENERATED ALWAYS AS (2) STORED) PARTITION BY RANGE (at);
      CREATE TABLE "My Data".rest PARTITION OF "My Data"."${long}" DEFAULT`);
    await run(`INSERT INTO "My Data"."${long}" VALUES (${moment})`);
    const table = { schema: 'My Data', table: long };
    const { created } = await create(2024, table);
    expect(created.find(({ moved }) => moved === 1)?.from).toBe('2024-06-01');
    expect(new Set(created.map(({ name }) => name)).size).toBe(12);
    expect(created.every(({ name }) => Buffer.byteLength(name) <= 63 && /_[0-9a-f]{6}_2024_\d\d$/.test(name))).toBe(
      true,
    );
    expect((await create(2024, table)).created).toEqual([]);
    await run('DROP SCHEMA "My Data" CASCADE');
  });

  it('is right when many do the same at once', async () => {
    await run(`${SALES_DDL};CREATE TABLE strays PARTITION OF sales_report DEFAULT`);
    await sell(['2024-03-01']);
    const all = await Promise.all(Array.from({ length: 4 }, () => create(2024)));
    expect(all.map(({ created }) => created.length).sort()).toEqual([0, 0, 0, 12]);
    expect(await places()).toEqual({ '2024-03-01': 'sales_report_2024_03' });
  });

  it('works beside a writer, and names whoever is in the way for too long', async () => {
    await run(SALES_DDL);
    await create(2024);
    const writer = await database.connect();
    await writer.query("BEGIN; INSERT INTO sales_report VALUES (1, 1, 'Desk', 'North', '2024-01-01', 1, 1, 1)");
    expect((await create(2025)).created).toHaveLength(12);
    await writer.query('LOCK TABLE sales_report IN SHARE MODE');
    await expect(create(2026)).rejects.toMatchObject({ code: 'table.locked' });
    await writer.query('ROLLBACK');
    expect((await create(2026)).created).toHaveLength(12);
  });

  it('retires a partition: it stays as a table of its own, or is dropped', async () => {
    await run(SALES_DDL);
    await create(2024);
    await sell(['2024-01-01', '2024-02-01', '2024-03-01']);
    expect(await partitions.retire(TABLE, 'sales_report_2024_01', { drop: false })).toBe(true);
    expect(await partitions.retire(TABLE, 'sales_report_2024_01', { drop: false })).toBe(false);
    expect(await partitions.retire(TABLE, 'sales_report_2024_02', { drop: true })).toBe(true);
    expect(Object.keys(await places())).toEqual(['2024-03-01']);
    const { rows } = await run(
      "SELECT to_regclass('sales_report_2024_02') AS gone, count(*)::int AS kept FROM sales_report_2024_01",
    );
    expect(rows).toEqual([{ gone: null, kept: 1 }]);
  });

  it.each([
    ['nowhere', 'SELECT 1', 'table.unknown'],
    ['sales_report', 'CREATE TABLE sales_report (a int)', 'table.unsuitable'],
    ['sales_report', 'CREATE TABLE sales_report (a int) PARTITION BY LIST (a)', 'table.unsuitable'],
    ['sales_report', 'CREATE TABLE sales_report (a int) PARTITION BY RANGE (a)', 'table.unsuitable'],
    ['sales_report', 'CREATE TABLE sales_report (a date, b date) PARTITION BY RANGE (a, b)', 'table.unsuitable'],
    ['sales_report', 'CREATE TABLE sales_report (a date) PARTITION BY RANGE ((a + 1))', 'table.unsuitable'],
    ['sales_report', 'CREATE VIEW sales_report AS SELECT 1', 'table.unknown'],
  ])('refuses %s after %s: %s', async (table, sql, code) => {
    await run(sql);
    await expect(create(2024, { table })).rejects.toMatchObject({ code });
    await expect(partitions.describe({ table })).rejects.toMatchObject({ code });
  });
});
