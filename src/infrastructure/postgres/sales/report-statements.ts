import type { DaySpan } from '../../../domain/sales-reporting/calendar.js';
import type { ReportPlan } from '../../../domain/sales-reporting/plan-report.js';
import { Draft, monthOf, type ReportPlace, type Statement, unionOf } from './report-parts.js';

/** Days whose totals by day are right, and days that are read from their rows. */
export interface SummarySpans {
  readonly known: readonly DaySpan[];
  readonly rows: readonly DaySpan[];
}

export interface BreakdownFilter {
  readonly product?: string | undefined;
  readonly region?: string | undefined;
  /** Only rows after this month (its first day), product name and region. */
  readonly after?: readonly [string, string, string] | undefined;
  /** A count; beyond 2^53 as text. */
  readonly limit: number | string;
}

export function summaryStatement(place: ReportPlace, { known, rows }: SummarySpans): Statement {
  const draft = new Draft(place.tableId);
  const between = ({ from, to }: DaySpan): string => `BETWEEN ${draft.value(from)} AND ${draft.value(to)}`;
  const parts = [
    ...known.flatMap((span) => {
      const days = between(span);
      return [
        `SELECT ${monthOf('day')}, revenue, quantity, row_count FROM penstock.sales_day
         WHERE table_id = ${draft.table} AND day ${days}`,
        `SELECT ${monthOf('day')}, revenue, quantity, row_count FROM penstock.sales_day_delta
         WHERE table_id = ${draft.table} AND day ${days}`,
      ];
    }),
    ...rows.map(
      (span) => `SELECT ${monthOf('sales_date')}, sum(sales_amount), sum(quantity_sold), count(*)
        FROM ${place.table} WHERE sales_date ${between(span)} GROUP BY 1`,
    ),
  ];
  const sql = `
    SELECT to_char(part.month, 'YYYY-MM') AS month, sum(revenue)::text AS revenue, sum(quantity)::text AS quantity
    FROM (${parts.join(' UNION ALL ')}) AS part (month, revenue, quantity, row_count)
    GROUP BY part.month HAVING sum(row_count) <> 0 ORDER BY part.month`;
  return { sql, values: draft.values };
}

/** Products up to a rank; no more than `limit` of them. */
export function topStatement(
  place: ReportPlace,
  plan: ReportPlan,
  { rank, limit }: { readonly rank: number; readonly limit: number },
): Statement {
  const draft = new Draft(place.tableId);
  const sums = 'product_id, product_name, revenue, row_count';
  const parts = unionOf(draft, place, plan, {
    ofMonths: sums,
    ofDeltas: sums,
    ofSoFar: (sign) => `product_id, product_name, ${sign} * revenue, ${sign} * row_count`,
    ofRows: (sign) =>
      `product_id::bigint, product_name::text COLLATE "C", ${sign} * sum(sales_amount), ${sign} * count(*)`,
    groupOfRows: '1, 2',
  });
  const sql = `
    WITH total AS (
      SELECT product_id, product_name, sum(revenue) AS revenue FROM (${parts}) AS part (${sums})
      GROUP BY product_id, product_name HAVING sum(row_count) <> 0
    ), ranked AS (SELECT total.*, rank() OVER (ORDER BY revenue DESC) AS rank FROM total)
    SELECT rank::int, product_id::text, product_name, revenue::text FROM ranked WHERE rank <= ${draft.value(rank)}
    ORDER BY ranked.revenue DESC, product_name COLLATE "C", ranked.product_id LIMIT ${draft.value(limit)}`;
  return { sql, values: draft.values };
}

const REGIONS =
  'CROSS JOIN LATERAL unnest(regions, revenues, quantities, row_counts) AS r (region, revenue, quantity, row_count)';

export function breakdownStatement(place: ReportPlace, plan: ReportPlan, filter: BreakdownFilter): Statement {
  const draft = new Draft(place.tableId);
  const product = filter.product === undefined ? '' : `AND product_name = ${draft.value(filter.product)}`;
  const region = filter.region === undefined ? undefined : draft.value(filter.region);
  const after = filter.after?.map((value) => draft.value(value));
  const parts = unionOf(draft, place, plan, {
    ofMonths: 'period, product_name, r.region, r.revenue, r.quantity, r.row_count',
    ofDeltas: `${monthOf('period')}, product_name, region, revenue, quantity, row_count`,
    ofRows: (sign) => `${monthOf('sales_date')}, product_name::text COLLATE "C", region::text COLLATE "C",
      ${sign} * sum(sales_amount), ${sign} * sum(quantity_sold), ${sign} * count(*)`,
    groupOfRows: '1, 2, 3',
    cellJoin: REGIONS,
    cellFilter: region === undefined ? product : `${product} AND r.region = ${region}`,
    filter: region === undefined ? product : `${product} AND region = ${region}`,
  });
  const place3 = after && `WHERE (part.month, product_name, region) > (${after[0]}::date, ${after[1]}, ${after[2]})`;
  const sql = `
    SELECT to_char(part.month, 'YYYY-MM') AS month, product_name, region,
           sum(revenue)::text AS revenue, sum(quantity)::text AS quantity
    FROM (${parts}) AS part (month, product_name, region, revenue, quantity, row_count) ${place3 ?? ''}
    GROUP BY part.month, product_name, region HAVING sum(row_count) <> 0
    ORDER BY part.month, product_name COLLATE "C", region COLLATE "C" LIMIT ${draft.value(filter.limit)}`;
  return { sql, values: draft.values };
}
