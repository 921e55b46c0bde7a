import type { BreakdownRequest } from '../../../domain/ports/sales-reports.port.js';
import type { DaySpan } from '../../../domain/sales-reporting/calendar.js';
import { intersection, without } from '../../../domain/sales-reporting/day-spans.js';
import { planReport } from '../../../domain/sales-reporting/plan-report.js';
import { type BreakdownRow, moneyText, wholeNumber } from '../../../domain/sales-reporting/sales-report.js';
import { monthOf } from './report-parts.js';
import type { Snapshot } from './report-snapshots.js';
import { breakdownStatement } from './report-statements.js';

export interface BreakdownRecord {
  readonly month: string;
  readonly product_name: string;
  readonly region: string;
  readonly revenue: string;
  readonly quantity: string;
}

/** Rows that are held at once. */
const FETCH_ROWS = 5000;
const ALL_ROWS = '9223372036854775807';

/** Reads month by month, which is the order of the rows: nothing is sorted as a whole, and the first rows come at once. */
export async function* readBreakdown(
  snapshot: Snapshot,
  request: BreakdownRequest,
): AsyncGenerator<BreakdownRow[], undefined> {
  let left = request.limit ?? Number.POSITIVE_INFINITY;
  for (const span of await chunks(snapshot, request)) {
    const parts = Number.isFinite(left) ? readPage(snapshot, request, span, left) : readAll(snapshot, request, span);
    for await (const rows of parts) {
      yield rows.map(breakdownRow);
      left -= rows.length;
    }
    if (left <= 0) return;
  }
}

/** One product in one go; otherwise single months, and what is read from rows as a whole, since that reads all of it anyway. */
async function chunks(snapshot: Snapshot, { range, after, product }: BreakdownRequest): Promise<DaySpan[]> {
  const from = after === undefined || `${after.month}-01` < range.from ? range.from : `${after.month}-01`;
  if (from > range.to) return [];
  const rest = { from, to: range.to };
  if (product !== undefined) return [rest];
  const fromRows = snapshot.unknown.flatMap((span) => intersection(span, rest));
  const months = await monthsWithSales(snapshot, rest);
  const known = months.flatMap((month) => intersection(month, rest)).flatMap((month) => without(month, fromRows));
  return [...known, ...fromRows].toSorted((one, other) => (one.from < other.from ? -1 : 1));
}

async function monthsWithSales({ client, place }: Snapshot, { from, to }: DaySpan): Promise<DaySpan[]> {
  if (place.tableId === undefined) return [];
  const { rows } = await client.query<DaySpan>(
    `SELECT month::text AS from, (month + interval '1 month - 1 day')::date::text AS to FROM (
       SELECT ${monthOf('day')} AS month FROM penstock.sales_day
       WHERE table_id = $1 AND day BETWEEN $2 AND $3 AND row_count <> 0
       UNION
       SELECT ${monthOf('day')} FROM penstock.sales_day_delta
       WHERE table_id = $1 AND day BETWEEN $2 AND $3
     ) AS months`,
    [place.tableId, from, to],
  );
  return rows;
}

async function* readPage(
  snapshot: Snapshot,
  request: BreakdownRequest,
  span: DaySpan,
  limit: number,
): AsyncGenerator<BreakdownRecord[]> {
  const { sql, values } = statement(snapshot, request, span, limit);
  yield (await snapshot.client.query<BreakdownRecord>(sql, values)).rows;
}

async function* readAll(
  snapshot: Snapshot,
  request: BreakdownRequest,
  span: DaySpan,
): AsyncGenerator<BreakdownRecord[]> {
  const { client } = snapshot;
  const { sql, values } = statement(snapshot, request, span, ALL_ROWS);
  await client.query(`DECLARE breakdown NO SCROLL CURSOR FOR ${sql}`, values);
  for (;;) {
    const { rows } = await client.query<BreakdownRecord>(`FETCH ${FETCH_ROWS} FROM breakdown`);
    yield rows;
    if (rows.length < FETCH_ROWS) break;
  }
  await client.query('CLOSE breakdown');
}

function statement(snapshot: Snapshot, request: BreakdownRequest, span: DaySpan, limit: number | string) {
  const { place, unknown } = snapshot;
  const plan = planReport(span, { unknown });
  const { product, region, after } = request;
  return breakdownStatement(place, plan, {
    product,
    region,
    after: after && [`${after.month}-01`, after.productName, after.region],
    limit,
  });
}

export function breakdownRow({ month, product_name, region, revenue, quantity }: BreakdownRecord): BreakdownRow {
  return { month, product_name, region, revenue: moneyText(revenue), quantity: wholeNumber(quantity) };
}
