import type { PoolClient } from 'pg';
import type { UpkeepOutcome } from '../../../domain/ports/sales-totals.port.js';
import {
  ALL_DAYS,
  type Day,
  type DaySpan,
  firstOfMonth,
  lastOfMonth,
} from '../../../domain/sales-reporting/calendar.js';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { monthOf } from './report-parts.js';
import { quoteName, type Queryable } from './sales-table.js';
import { totalsState } from './totals-state.js';
import { fixMoment, tryUpkeepLock } from './upkeep-lock.js';

/** Days a table keeps totals up to; those that were kept longest ago go first. */
const MOST_DAYS = 2000;

/** A month or a year, and the days in it up to which its totals are worth keeping. */
export interface Stretch extends DaySpan {
  readonly kind: 'month' | 'year';
  readonly days: readonly Day[];
}

/** The months of days, and the years of those that end a month. */
export function stretchesOf(days: readonly Day[]): Stretch[] {
  const ends = days.filter((day) => day === lastOfMonth(day));
  const others = days.filter((day) => day !== lastOfMonth(day));
  const years = new Set(ends.map((day) => day.slice(0, 4)));
  const months = [...new Set(others.map(firstOfMonth))];
  const within = (first: Day): Day[] => others.filter((day) => firstOfMonth(day) === first);
  return [...[...years].map(yearOf), ...months.map((first) => monthFrom(first, within(first)))];
}

function yearOf(year: string): Stretch {
  return { kind: 'year', from: `${year}-01-01`, to: `${year}-12-31`, days: [] };
}

function monthFrom(first: Day, days: readonly Day[]): Stretch {
  return { kind: 'month', from: first, to: lastOfMonth(first), days };
}

/** The months and years with sales of which nothing is kept so far. */
export async function unkeptStretches(on: Queryable, tableId: number): Promise<Stretch[]> {
  const { rows } = await on.query<{ month: Day; is_dense: boolean; is_kept: boolean; is_year_kept: boolean }>(UNKEPT, [
    tableId,
  ]);
  const years = new Set(rows.filter((row) => !row.is_year_kept).map(({ month }) => month.slice(0, 4)));
  const months = rows.filter((row) => row.is_dense && !row.is_kept).map(({ month }) => month);
  return [...[...years].map(yearOf), ...months.map((first) => monthFrom(first, []))];
}

/** Sums up a month from its rows, or a year from its months, and notes how often its days had changed by then. */
export async function keepStretch(client: PoolClient, table: QualifiedName, stretch: Stretch): Promise<UpkeepOutcome> {
  await fixMoment(client, table);
  const { tableId, unknown } = await totalsState(client, table, ALL_DAYS);
  if (tableId === undefined || unknown.length > 0) return 'nothing';
  if (!(await tryUpkeepLock(client, tableId))) return 'busy';
  const days =
    stretch.kind === 'year' ? await monthEnds(client, tableId, stretch) : await daysOfMonth(client, tableId, stretch);
  if (days.length === 0) return 'nothing';
  const values = [tableId, days];
  await client.query(
    'DELETE FROM penstock.sales_so_far_product WHERE table_id = $1 AND day = ANY ($2::date[])',
    values,
  );
  await client.query(sumUp(stretch.kind === 'year' ? PARTS_OF_YEAR : partsOfMonth(quoteName(table))), [
    ...values,
    stretch.from,
  ]);
  await client.query(NOTE, [...values, stretch.from]);
  await client.query(EVICT, [tableId, MOST_DAYS]);
  return 'done';
}

async function monthEnds(client: PoolClient, tableId: number, { from, to }: DaySpan): Promise<Day[]> {
  const { rows } = await client.query<{ month: Day }>(
    `SELECT DISTINCT ${monthOf('day')}::text AS month FROM (
       SELECT day FROM penstock.sales_day WHERE table_id = $1 AND day BETWEEN $2 AND $3
       UNION ALL SELECT day FROM penstock.sales_day_delta WHERE table_id = $1 AND day BETWEEN $2 AND $3
     ) AS days ORDER BY 1`,
    [tableId, from, to],
  );
  return rows.map(({ month }) => lastOfMonth(month));
}

/** All of its days where it has more rows than that takes, otherwise those that were asked for. */
async function daysOfMonth(client: PoolClient, tableId: number, { from, to, days }: Stretch): Promise<Day[]> {
  const { rows } = await client.query<{ days: Day[] | null; row_count: string; products: number }>(
    `SELECT array_agg(day::text ORDER BY day) AS days, coalesce(sum(row_count), 0)::text AS row_count,
       (SELECT count(*)::int FROM penstock.sales_cell WHERE table_id = $1 AND grain = 'm' AND period = $2) AS products
     FROM penstock.sales_day WHERE table_id = $1 AND day BETWEEN $2 AND $3`,
    [tableId, from, to],
  );
  const [month] = rows;
  const all = month?.days ?? [];
  const isDense = all.length * (month?.products ?? 0) <= Number(month?.row_count);
  // Its last day is the year's.
  return [...new Set([...(isDense ? all : []), ...days])].filter((day) => day !== to).toSorted();
}

/** Of all products, what each part of the stretch adds; parts end with the days in question. */
function sumUp(parts: string): string {
  return `
    WITH part AS MATERIALIZED (${parts}),
    -- A row of nothing for every product and day gets what the product had by then, with or without sales on the day.
    moment AS (
      SELECT day, product_id, product_name, revenue, row_count, false AS is_end FROM part
      UNION ALL
      SELECT at.day, product.product_id, product.product_name, 0, 0, true
      FROM unnest($2::date[]) AS at (day), (SELECT DISTINCT product_id, product_name FROM part) AS product
    ),
    so_far AS (
      SELECT day, product_id, product_name, is_end, sum(revenue) OVER upto AS revenue, sum(row_count) OVER upto AS row_count
      FROM moment WINDOW upto AS (PARTITION BY product_id, product_name ORDER BY day)
    )
    INSERT INTO penstock.sales_so_far_product
    SELECT $1, day, product_id, product_name, revenue, row_count FROM so_far WHERE is_end AND row_count <> 0 ORDER BY day`;
}

function partsOfMonth(table: string): string {
  return `
    SELECT ($2::date[])[1 + width_bucket(sales_date - 1, $2::date[])] AS day, product_id::bigint AS product_id,
           product_name::text COLLATE "C" AS product_name, sum(sales_amount) AS revenue, count(*) AS row_count
    FROM ${table} WHERE sales_date BETWEEN $3 AND ($2::date[])[cardinality($2::date[])] GROUP BY 1, 2, 3`;
}

const PARTS_OF_YEAR = `
  SELECT (${monthOf('period')} + interval '1 month - 1 day')::date AS day, product_id, product_name,
         sum(revenue) AS revenue, sum(row_count) AS row_count
  FROM (
    SELECT period, product_id, product_name, revenue, row_count FROM penstock.sales_cell
    WHERE table_id = $1 AND grain = 'm' AND period BETWEEN $3 AND ($2::date[])[cardinality($2::date[])]
    UNION ALL
    SELECT period, product_id, product_name, revenue, row_count FROM penstock.sales_cell_delta
    WHERE table_id = $1 AND period BETWEEN $3 AND ($2::date[])[cardinality($2::date[])]
  ) AS cell GROUP BY 1, 2, 3`;

const NOTE = `
  INSERT INTO penstock.sales_so_far (table_id, day, changes)
  SELECT $1, at.day, penstock.sales_changes($1, $3, at.day) FROM unnest($2::date[]) AS at (day)
  ON CONFLICT (table_id, day) DO UPDATE SET changes = excluded.changes, kept_at = now()`;

const EVICT = `
  WITH old AS (
    DELETE FROM penstock.sales_so_far WHERE (table_id, day) IN (
      SELECT table_id, day FROM penstock.sales_so_far WHERE table_id = $1 ORDER BY kept_at DESC, day DESC OFFSET $2
    ) RETURNING day
  )
  DELETE FROM penstock.sales_so_far_product USING old WHERE table_id = $1 AND sales_so_far_product.day = old.day`;

const UNKEPT = `
  WITH month AS (
    SELECT ${monthOf('day')} AS month, count(*) AS days, sum(row_count) AS row_count FROM penstock.sales_day
    WHERE table_id = $1 AND row_count <> 0 AND day BETWEEN '${ALL_DAYS.from}' AND '${ALL_DAYS.to}' GROUP BY 1
  ),
  kept AS (
    SELECT ${monthOf('day')} AS month, extract(day FROM day + 1) = 1 AS is_end FROM penstock.sales_so_far WHERE table_id = $1
  )
  SELECT month::text, is_dense, month IN (SELECT month FROM kept WHERE NOT is_end) AS is_kept,
         month IN (SELECT month FROM kept WHERE is_end) AS is_year_kept
  FROM month, LATERAL (
    SELECT days * count(*) <= month.row_count AS is_dense FROM penstock.sales_cell
    WHERE table_id = $1 AND grain = 'm' AND period = month.month
  ) AS cells ORDER BY month`;
