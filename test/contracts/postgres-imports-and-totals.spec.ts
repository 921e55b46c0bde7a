import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DaySpan } from '../../src/domain/sales-reporting/calendar.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import type { ImportCompletion } from '../../src/infrastructure/postgres/import-completion.js';
import { PostgresOwnTables } from '../../src/infrastructure/postgres/postgres-own-tables.js';
import { PostgresWarehouseImports } from '../../src/infrastructure/postgres/postgres-warehouse-imports.js';
import { PostgresSalesReports } from '../../src/infrastructure/postgres/sales/postgres-sales-reports.js';
import { PostgresSalesTotals } from '../../src/infrastructure/postgres/sales/postgres-sales-totals.js';
import { SalesTotalsCompletion } from '../../src/infrastructure/postgres/sales/sales-totals-completion.js';
import { monthsOfYear, SALES_DDL, type SalesDatabase, salesDatabase } from '../support/sales-database.js';

const TABLE = { table: 'sales_report' };
const COLUMNS = [
  'sale_id',
  'product_id',
  'product_name',
  'region',
  'sales_date',
  'quantity_sold',
  'sales_amount',
  'unit_price',
];
const YEAR: DaySpan = { from: '2024-01-01', to: '2024-12-31' };
/** Enough that an import puts filled partitions in the place of empty ones. */
const MANY = 30_000;
let database: SalesDatabase;
let totals: PostgresSalesTotals;
let firstId = 0;

beforeAll(async () => {
  database = await salesDatabase();
  totals = new PostgresSalesTotals(database.pool);
  await database.client.query(`${SALES_DDL};${monthsOfYear(2024)}`);
  await totals.enable(TABLE);
  await totals.rebuild(TABLE);
});
afterAll(() => database.close());

async function importMonth(month: string, completion: ImportCompletion): Promise<void> {
  const ownTables = new PostgresOwnTables(database.pool, async () => undefined);
  const imports = new PostgresWarehouseImports({
    pool: database.pool,
    ownTables,
    completion,
    clock: new SystemClock(),
  });
  const lines = Array.from(
    { length: MANY },
    (_, n) =>
      `${++firstId},${n % 7},Product ${n % 7},Region ${n % 3},${month}-${String(1 + (n % 28)).padStart(2, '0')},2,1.25,1`,
  );
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const request = {
    id: randomUUID(),
    table: TABLE.table,
    source: 'file.csv',
    columns: COLUMNS,
    delimiter: ',',
    isForced: false,
    isRepeatable: true,
    startedAtMs: Date.now(),
  };
  await imports.run(request, async (session) => {
    expect(await session.write({ bytes, length: bytes.length, rows: MANY })).toEqual([]);
    return { verdict: 'keep', sha256: randomUUID(), bytes: bytes.length, rows: MANY, imported: MANY, rejected: 0 };
  });
}

const fileOf = async (partition: string): Promise<unknown> =>
  (await database.client.query('SELECT $1::regclass::oid AS oid', [partition])).rows[0]?.oid;

/** The revenue of each month, where it came from, and that it is that of the rows. */
async function revenue(): Promise<{ source: string; revenue: Record<string, string> }> {
  const reports = new PostgresSalesReports(database.pool, { statementTimeoutMs: 30_000 });
  const [kept, raw] = [
    await reports.summary({ table: TABLE, range: YEAR }),
    await reports.summary({ table: TABLE, range: YEAR, fromRows: true }),
  ];
  expect(kept.rows).toEqual(raw.rows);
  return { source: kept.source, revenue: Object.fromEntries(kept.rows.map(({ month, revenue: of }) => [month, of])) };
}

/** In order: what was imported stays. */
describe('an import into a table whose totals are kept', () => {
  it('puts filled partitions in the place of empty ones, and the totals are those of the rows at once', async () => {
    const before = await fileOf('sales_report_2024_01');
    await importMonth('2024-01', new SalesTotalsCompletion(database.pool));
    expect(await fileOf('sales_report_2024_01')).not.toBe(before);
    expect(await revenue()).toEqual({ source: 'totals', revenue: { '2024-01': '37500.00' } });
    expect(await totals.state(TABLE)).toMatchObject({ isEnabled: true, unknown: [] });
  });

  it('leaves triggers on the new partitions, so that later changes count too', async () => {
    await database.client.query(
      "UPDATE sales_report_2024_01 SET sales_amount = 2.25 WHERE product_id = 0 AND region = 'Region 0'",
    );
    await database.client.query("INSERT INTO sales_report VALUES (0, 1, 'Desk', 'North', '2024-01-31', 1, 0.50, 1)");
    const { source, revenue: of } = await revenue();
    expect(source).toBe('totals');
    expect(Number(of['2024-01'])).toBeGreaterThan(37_500);
  });

  it('is right too where the process ends behind the commit: the days are read from rows, and can be summed up', async () => {
    const died = new SalesTotalsCompletion(database.pool);
    died.committed = () => Promise.resolve();
    await importMonth('2024-02', died);
    expect((await totals.state(TABLE)).unknown).not.toEqual([]);
    expect((await revenue()).revenue['2024-02']).toBe('37500.00');
    expect(await totals.rebuild(TABLE)).toBe('done');
    expect(await revenue()).toMatchObject({ source: 'totals', revenue: { '2024-02': '37500.00' } });
  });

  it('adds to partitions that have rows already, by their triggers', async () => {
    const before = await fileOf('sales_report_2024_02');
    await importMonth('2024-02', new SalesTotalsCompletion(database.pool));
    expect(await fileOf('sales_report_2024_02')).toBe(before);
    expect(await revenue()).toMatchObject({ source: 'totals', revenue: { '2024-02': '75000.00' } });
  });
});
