import { escapeLiteral, type PoolClient } from 'pg';
import type { UpkeepOutcome } from '../../../domain/ports/sales-totals.port.js';
import { ALL_DAYS, type DaySpan } from '../../../domain/sales-reporting/calendar.js';
import { joined, wholeMonths } from '../../../domain/sales-reporting/day-spans.js';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { monthOf } from './report-parts.js';
import { quoteName } from './sales-table.js';
import { boundSpan, totalsState } from './totals-state.js';
import { fixMoment, tryUpkeepLock } from './upkeep-lock.js';

/**
 * Reads the months with unknown days anew. Rows and appended totals are read at one moment; what is committed after it
 * brings its own deltas, and those stay. So nobody has to stop writing.
 */
export async function rebuildTotals(client: PoolClient, table: QualifiedName): Promise<UpkeepOutcome> {
  await fixMoment(client, table);
  const { tableId, curable, relation } = await totalsState(client, table, ALL_DAYS);
  if (tableId === undefined || curable.length === 0) return 'nothing';
  if (!(await tryUpkeepLock(client, tableId))) return 'busy';
  const spans = joined(curable.map(wholeMonths));
  await client.query('CREATE TEMPORARY TABLE penstock_span (from_day date, to_day date) ON COMMIT DROP');
  await client.query('INSERT INTO penstock_span SELECT * FROM unnest($1::date[], $2::date[])', [
    spans.map(({ from }) => from),
    spans.map(({ to }) => to),
  ]);
  await readRows(client, table, spans);
  await client.query(REPLACE_DAYS, [tableId]);
  for (const statement of REPLACE_CELLS) await client.query(statement, [tableId]);
  await client.query(COUNT_UNFOLDED);
  await recordLeaves(client, { tableId, relation });
  return 'done';
}

/** As statements that PostgreSQL may run in parallel, which it does not for an INSERT. */
async function readRows(client: PoolClient, table: QualifiedName, spans: readonly DaySpan[]): Promise<void> {
  const day = (text: string): string => `${escapeLiteral(text)}::date`;
  const days = spans.map(({ from, to }) => `sales_date BETWEEN ${day(from)} AND ${day(to)}`).join(' OR ');
  const sums = 'sum(sales_amount) AS revenue, sum(quantity_sold)::bigint AS quantity, count(*) AS row_count';
  const from = `FROM ${quoteName(table)} WHERE ${days}`;
  await client.query(
    `CREATE TEMPORARY TABLE penstock_day ON COMMIT DROP AS SELECT sales_date AS day, ${sums} ${from} GROUP BY sales_date`,
  );
  const { rows } = await client.query<{ months: string | null }>(
    `SELECT array_agg(DISTINCT ${monthOf('day')})::text AS months FROM penstock_day`,
  );
  // Looking a month up in a list is twice as fast as computing it, and there is one for each row.
  const months = `${escapeLiteral(rows[0]?.months ?? '{}')}::date[]`;
  await client.query(
    `CREATE TEMPORARY TABLE penstock_cell ON COMMIT DROP AS
     SELECT (${months})[bucket] AS period, product_id, product_name, region, revenue, quantity, row_count FROM (
       SELECT width_bucket(sales_date, ${months}) AS bucket, product_id, product_name, region, ${sums}
       ${from} GROUP BY 1, 2, 3, 4
     ) AS part`,
  );
}

/** What was rebuilt needs no folding: otherwise the next writer would do it for nothing. */
const COUNT_UNFOLDED = `
  SELECT setval('penstock.sales_unfolded', greatest(1, (SELECT count(*) FROM penstock.sales_cell_delta)))`;

/** The changes of a day go on from where they were, also where no rows are left: a version never comes back. */
const REPLACE_DAYS = `
  WITH gone AS (
    DELETE FROM penstock.sales_day_delta USING penstock_span
    WHERE table_id = $1 AND day BETWEEN from_day AND to_day RETURNING day
  ),
  change AS (SELECT day, count(*) AS changes FROM gone GROUP BY day),
  days AS (
    SELECT day FROM penstock_day UNION SELECT day FROM change
    UNION SELECT day FROM penstock.sales_day, penstock_span WHERE table_id = $1 AND day BETWEEN from_day AND to_day
  )
  INSERT INTO penstock.sales_day AS d (table_id, day, revenue, quantity, row_count, changes)
  SELECT $1, day, coalesce(n.revenue, 0), coalesce(n.quantity, 0), coalesce(n.row_count, 0), 1 + coalesce(c.changes, 0)
  FROM days LEFT JOIN penstock_day n USING (day) LEFT JOIN change c USING (day)
  ON CONFLICT (table_id, day) DO UPDATE SET revenue = excluded.revenue, quantity = excluded.quantity,
    row_count = excluded.row_count, changes = d.changes + excluded.changes`;

const REPLACE_CELLS = [
  'DELETE FROM penstock.sales_cell_delta USING penstock_span WHERE table_id = $1 AND period BETWEEN from_day AND to_day',
  'DELETE FROM penstock.sales_cell USING penstock_span WHERE table_id = $1 AND period BETWEEN from_day AND to_day',
  `INSERT INTO penstock.sales_cell
   SELECT $1, 'm', period, product_name, product_id, sum(revenue), sum(quantity), sum(row_count),
          array_agg(region), array_agg(revenue), array_agg(quantity), array_agg(row_count)
   FROM penstock_cell GROUP BY period, product_name, product_id`,
];

interface LeafRow {
  readonly relation: number;
  readonly bound: string;
  readonly part_key: string | null;
}

/** The leaves as they are at this moment are what the totals are of; those without triggers are not known. */
async function recordLeaves(client: PoolClient, place: { tableId: number; relation: number }): Promise<void> {
  const { tableId, relation } = place;
  const { rows } = await client.query<LeafRow>(
    `SELECT l.relation, coalesce('/' || pg_get_expr(c.relpartbound, c.oid), '') AS bound, pg_get_partkeydef($2) AS part_key
     FROM penstock.sales_leaves($2, $1) AS l LEFT JOIN pg_class c ON c.oid = l.top WHERE l.is_leaf`,
    [tableId, relation],
  );
  const spans = rows.map(({ bound, part_key }) => boundSpan(bound, part_key === 'RANGE (sales_date)')[0] ?? ALL_DAYS);
  await client.query('DELETE FROM penstock.sales_stale WHERE table_id = $1', [tableId]);
  await client.query('DELETE FROM penstock.sales_leaf WHERE table_id = $1', [tableId]);
  await client.query(
    `INSERT INTO penstock.sales_leaf (table_id, leaf, filenode, bound, from_day, to_day)
     SELECT $1, l.relation, l.filenode, l.bound, s.from_day, s.to_day
     FROM penstock.sales_leaves($2, $1) AS l JOIN unnest($3::oid[], $4::date[], $5::date[]) AS s (leaf, from_day, to_day)
       ON s.leaf = l.relation
     WHERE l.is_leaf AND l.is_watched`,
    [tableId, relation, rows.map((row) => row.relation), spans.map(({ from }) => from), spans.map(({ to }) => to)],
  );
}
