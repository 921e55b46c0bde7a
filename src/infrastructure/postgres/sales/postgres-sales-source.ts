import { to } from 'pg-copy-streams';
import { escapeLiteral } from 'pg';
import type { MonthSums, SalesReading, SalesSource } from '../../../domain/ports/sales-copy.port.js';
import type { DaySpan } from '../../../domain/sales-reporting/calendar.js';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { moneyText } from '../../../domain/sales-reporting/sales-report.js';
import type { PostgresPool } from '../postgres-pool.js';
import { ReportSnapshots, type Snapshot } from './report-snapshots.js';
import { requireShape } from './sales-table.js';

const ROWS = ['product_id', 'product_name', 'region', 'sales_date', 'quantity_sold', 'sales_amount'];

/** One copy may take this long. */
const COPY_MS = 6 * 60 * 60_000;

/** Rows of a sales table by COPY, and their sums, of one moment. */
export class PostgresSalesSource implements SalesSource {
  private readonly snapshots: ReportSnapshots;

  constructor(pool: PostgresPool) {
    this.snapshots = new ReportSnapshots(pool);
  }

  async read(table: QualifiedName, range: DaySpan): Promise<SalesReading> {
    const snapshot = await this.snapshots.open({ table, range, fromRows: true }, () => true, {
      statementTimeoutMs: COPY_MS,
      longestMs: COPY_MS,
    });
    const { client, close } = snapshot;
    try {
      await requireShape(client, table, snapshot.totals.relation);
      const months = await monthSums(snapshot, range);
      const rows = client.query(to(await copyStatement(snapshot, range)));
      return { rows, months, close };
    } catch (error) {
      close();
      throw snapshot.translate(error);
    }
  }
}

async function monthSums({ client, place }: Snapshot, { from, to: until }: DaySpan): Promise<MonthSums[]> {
  const { rows } = await client.query<{ month: string; rows: string; revenue: string; quantity: string }>(
    `SELECT to_char(date_trunc('month', sales_date::timestamp), 'YYYY-MM') AS month, count(*)::text AS rows,
       sum(sales_amount)::text AS revenue, sum(quantity_sold)::text AS quantity
     FROM ${place.table} WHERE sales_date BETWEEN $1 AND $2 GROUP BY 1 ORDER BY 1`,
    [from, until],
  );
  return rows.map((row) => ({ ...row, rows: Number(row.rows), revenue: moneyText(row.revenue) }));
}

/** Where a table has no sale_id or unit_price, which no report reads, the replica has none either. */
async function copyStatement({ client, place, totals }: Snapshot, { from, to: until }: DaySpan): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1 AND attname IN ('sale_id', 'unit_price') AND NOT attisdropped`,
    [totals.relation],
  );
  const extra = (column: string, none: string): string => (rows.some(({ name }) => name === column) ? column : none);
  const columns = [extra('sale_id', "''"), ...ROWS, extra('unit_price', '0')].join(', ');
  const days = `sales_date BETWEEN ${escapeLiteral(from)} AND ${escapeLiteral(until)}`;
  return `COPY (SELECT ${columns} FROM ${place.table} WHERE ${days}) TO STDOUT`;
}
