import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresSalesReports } from '../../src/infrastructure/postgres/sales/postgres-sales-reports.js';
import { PostgresSalesTotals } from '../../src/infrastructure/postgres/sales/postgres-sales-totals.js';
import { monthsOfYear, SALES_DDL, salesDatabase } from '../support/sales-database.js';
import { type Sale, salesReportsContract } from './sales-reports.contract.js';

const OPTIONS = { statementTimeoutMs: 30_000 };
const INSERT = `
  INSERT INTO sales_report
  SELECT row_number() OVER (), product, name, region, day, quantity, amount, 1
  FROM json_to_recordset($1) AS s (product int, name text, region text, day date, quantity int, amount numeric)`;

/** With totals that were kept from the first row on. */
salesReportsContract('PostgreSQL (embedded)', async () => {
  const database = await salesDatabase();
  await database.client.query(`${SALES_DDL};${monthsOfYear(2024)}`);
  const totals = new PostgresSalesTotals(database.pool);
  await totals.enable({ table: 'sales_report' });
  await totals.rebuild({ table: 'sales_report' });
  const nobody = new PostgresPool(async () => ({ url: 'postgres://nobody@127.0.0.1:9/none' }), {
    ...OPTIONS,
    poolSize: 1,
  });
  return {
    reports: new PostgresSalesReports(database.pool, OPTIONS),
    unreachable: { reports: new PostgresSalesReports(nobody, OPTIONS), code: 'database.unreachable' },
    load: async (sales: readonly Sale[]) => {
      await database.client.query('DELETE FROM sales_report');
      await database.client.query(INSERT, [JSON.stringify(sales)]);
    },
    close: async () => {
      await nobody.close();
      await database.close();
    },
  };
});
