import type { QueryResultRow } from 'pg';
import type {
  BreakdownRequest,
  ReportRequest,
  SalesReport,
  SalesReports,
  TotalsWanted,
} from '../../../domain/ports/sales-reports.port.js';
import type { Day, DaySpan } from '../../../domain/sales-reporting/calendar.js';
import { without } from '../../../domain/sales-reporting/day-spans.js';
import { cutDays, planReport, type ReportPlan } from '../../../domain/sales-reporting/plan-report.js';
import {
  type BreakdownRow,
  moneyText,
  MOST_TIED_PRODUCTS,
  type ReportSource,
  type SummaryRow,
  type Ties,
  TOP_PRODUCTS,
  type TopProductRow,
  wholeNumber,
} from '../../../domain/sales-reporting/sales-report.js';
import type { PostgresPool } from '../postgres-pool.js';
import { type QuickAnswer, QuickAnswers } from './quick-answers.js';
import { BreakdownRows } from './breakdown-rows.js';
import { type BreakdownRecord, breakdownRow, readBreakdown } from './read-breakdown.js';
import type { Statement } from './report-parts.js';
import { ReportSnapshots, type Snapshot } from './report-snapshots.js';
import { summaryStatement, topStatement } from './report-statements.js';
import type { TableTotals } from './totals-state.js';

/** Appended totals that are read along without being missed; more are worth adding up. */
const MANY_DELTAS = 2000;

interface SummaryRecord {
  readonly month: string;
  readonly revenue: string;
  readonly quantity: string;
}

interface TopRecord {
  readonly rank: number;
  readonly product_id: string;
  readonly product_name: string;
  readonly revenue: string;
}

/** Of one product there are rarely more rows; they are read as quickly as a page. */
const SMALL_ROWS = 5000;
/** A reader that takes the rows of a breakdown more slowly than this is given up. */
const LONGEST_READING_MS = 15 * 60_000;

/** The reports from the totals that are kept with the rows, and from the rows where these are not known to be right. */
export class PostgresSalesReports implements SalesReports {
  private readonly snapshots: ReportSnapshots;
  private readonly quick: QuickAnswers;

  constructor(
    pool: PostgresPool,
    private readonly options: { readonly statementTimeoutMs: number },
  ) {
    this.snapshots = new ReportSnapshots(pool);
    this.quick = new QuickAnswers(pool);
  }

  async summary(request: ReportRequest): Promise<SalesReport<SummaryRow[]>> {
    const quick = await this.quick.summary<SummaryRecord>(request);
    if (quick !== undefined) return quickReport(request, quick, summaryRow);
    const needsRows = ({ unknown }: Snapshot): boolean => unknown.length > 0;
    return this.snapshots.within(request, needsRows, (snapshot) => {
      const { place, totals, unknown } = snapshot;
      const known = without(request.range, unknown);
      return answer({ request, totals, unknown, isMixed: known.length > 0 }, async () => {
        const records = await run<SummaryRecord>(snapshot, summaryStatement(place, { known, rows: unknown }));
        return records.map(summaryRow);
      });
    });
  }

  async topProducts(request: ReportRequest & { readonly ties: Ties }): Promise<SalesReport<TopProductRow[]>> {
    const size = { rank: TOP_PRODUCTS, limit: request.ties === 'keep' ? MOST_TIED_PRODUCTS : TOP_PRODUCTS };
    const quick = await this.quick.top<TopRecord>(request, size);
    if (quick !== undefined) return quickReport(request, quick, topRow);
    const report = await this.slowTop(request, size, planOf);
    // What is no number cannot be taken away again.
    const isOdd = report.rows.some(({ revenue }) => revenue === 'NaN');
    return isOdd ? this.slowTop(request, size, additivePlan) : report;
  }

  private slowTop(
    request: ReportRequest,
    size: { readonly rank: number; readonly limit: number },
    planned: typeof planOf,
  ): Promise<SalesReport<TopProductRow[]>> {
    const needsRows = (snapshot: Snapshot): boolean => planned(request, snapshot).rows.length > 0;
    return this.snapshots.within(request, needsRows, (snapshot) => {
      const { totals, unknown } = snapshot;
      const plan = planned(request, snapshot);
      return answer({ request, totals, unknown, plan, isMixed: isPartlyKnown(plan) }, async () => {
        const records = await run<TopRecord>(snapshot, topStatement(snapshot.place, plan, size));
        return records.map(topRow);
      });
    });
  }

  /** A page, or what is as small, is read at once; all rows are read on, on a connection of those for long work. */
  async breakdown(request: BreakdownRequest): Promise<SalesReport<AsyncIterable<BreakdownRow>>> {
    if (request.limit !== undefined) return this.page(request, request.limit);
    if (request.product !== undefined) {
      const attempt = await this.page(request, SMALL_ROWS + 1);
      if (attempt.count <= SMALL_ROWS) return attempt;
    }
    return this.wholeBreakdown(request);
  }

  private async page(request: BreakdownRequest, limit: number) {
    const limited = { ...request, limit };
    const quick = await this.quick.breakdown<BreakdownRecord>(limited, limit);
    const page = quick === undefined ? await this.slowPage(limited) : quickReport(limited, quick, breakdownRow);
    return { ...page, rows: each(page.rows), count: page.rows.length };
  }

  private slowPage(request: BreakdownRequest): Promise<SalesReport<BreakdownRow[]>> {
    return this.snapshots.within(request, cutsMonths(request), (snapshot) => {
      const { totals, unknown } = snapshot;
      const plan = additivePlan(request, snapshot);
      const reading = { request, totals, unknown, isMixed: isPartlyKnown(plan) };
      return answer(reading, () => all(readBreakdown(snapshot, request)));
    });
  }

  private async wholeBreakdown(request: BreakdownRequest): Promise<SalesReport<AsyncIterable<BreakdownRow>>> {
    const { statementTimeoutMs } = this.options;
    const limits = { statementTimeoutMs, longestMs: LONGEST_READING_MS };
    const snapshot = await this.snapshots.open(request, cutsMonths(request), limits);
    const { totals, unknown } = snapshot;
    const isMixed = isPartlyKnown(additivePlan(request, snapshot));
    const description = describe({ request, totals, unknown, isMixed });
    if (!description.isUnchanged) return { ...description, rows: new BreakdownRows(snapshot, request) };
    snapshot.close();
    return { ...description, rows: each([]) };
  }
}

interface Reading {
  readonly request: ReportRequest;
  readonly totals: TableTotals;
  readonly unknown: readonly DaySpan[];
  /** Where the report could do with totals so far. */
  readonly plan?: ReportPlan;
  /** Besides what is read from rows there are totals. */
  readonly isMixed: boolean;
  /** Days whose totals so far would make it faster. */
  readonly missing?: readonly Day[];
}

async function answer<T>(reading: Reading, read: () => Promise<T[]>): Promise<SalesReport<T[]>> {
  const description = describe(reading);
  return { ...description, rows: description.isUnchanged ? [] : await read() };
}

function quickReport<R, T>(
  request: ReportRequest,
  { totals, records, missing }: QuickAnswer<R>,
  rowOf: (record: R) => T,
): SalesReport<T[]> {
  const description = describe({ request, totals, unknown: [], isMixed: true, missing });
  return { ...description, rows: description.isUnchanged ? [] : records.map(rowOf) };
}

function describe(reading: Reading): Omit<SalesReport<never>, 'rows'> {
  const { request, totals, unknown, isMixed } = reading;
  const version = unknown.length === 0 ? `${totals.tableId}.${totals.changes}` : undefined;
  const isUnchanged = version !== undefined && request.versions?.has(version) === true;
  const wanted = request.fromRows === true ? undefined : wantedOf(reading);
  const source: ReportSource = unknown.length === 0 ? 'totals' : isMixed ? 'mixed' : 'rows';
  return { source, isUnchanged, ...(version !== undefined && { version }), ...(wanted && { wanted }) };
}

function wantedOf({ request, totals, unknown, plan, missing = [] }: Reading): TotalsWanted | undefined {
  const rebuild = unknown.length > 0;
  const fold = totals.unfolded > MANY_DELTAS;
  const isCut = plan !== undefined && plan.rows.length > 0;
  const days = rebuild ? [] : [...missing, ...(isCut ? cutDays(request.range) : [])];
  return rebuild || fold || days.length > 0 ? { table: request.table, rebuild, fold, days } : undefined;
}

/** Whether a breakdown needs rows: of unknown months, or of those that the range cuts. */
function cutsMonths(request: ReportRequest): (snapshot: Snapshot) => boolean {
  return (snapshot) => additivePlan(request, snapshot).rows.length > 0;
}

function planOf({ range }: ReportRequest, { unknown, totals }: Snapshot): ReportPlan {
  return planReport(range, { unknown, soFar: totals.soFar });
}

/** Without anything that is taken away again. */
function additivePlan({ range }: ReportRequest, { unknown }: Snapshot): ReportPlan {
  return planReport(range, { unknown });
}

function isPartlyKnown({ months, soFar }: ReportPlan): boolean {
  return months.length > 0 || soFar.length > 0;
}

function summaryRow({ month, revenue, quantity }: SummaryRecord): SummaryRow {
  return { month, revenue: moneyText(revenue), quantity: wholeNumber(quantity) };
}

function topRow(record: TopRecord): TopProductRow {
  return { ...record, product_id: wholeNumber(record.product_id), revenue: moneyText(record.revenue) };
}

async function run<R extends QueryResultRow>({ client }: Snapshot, { sql, values }: Statement): Promise<R[]> {
  return (await client.query<R>(sql, values)).rows;
}

async function* each(rows: readonly BreakdownRow[]): AsyncGenerator<BreakdownRow> {
  yield* rows;
}

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[][] = [];
  for await (const page of pages) found.push([...page]);
  return found.flat();
}
