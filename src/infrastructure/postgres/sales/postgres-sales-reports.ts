import type { QueryResultRow } from 'pg';
import type {
  BreakdownRequest,
  ReportRequest,
  SalesReport,
  SalesReports,
  TotalsWanted,
} from '../../../domain/ports/sales-reports.port.js';
import { daysOf } from '../../../domain/sales-reporting/calendar.js';
import { without } from '../../../domain/sales-reporting/day-spans.js';
import { planReport, type ReportPlan } from '../../../domain/sales-reporting/plan-report.js';
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
import { readBreakdown } from './read-breakdown.js';
import type { Statement } from './report-parts.js';
import { type OpenSnapshot, ReportSnapshots, type Snapshot } from './report-snapshots.js';
import { summaryStatement, topStatement } from './report-statements.js';

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

  constructor(
    pool: PostgresPool,
    private readonly options: { readonly statementTimeoutMs: number },
  ) {
    this.snapshots = new ReportSnapshots(pool);
  }

  summary(request: ReportRequest): Promise<SalesReport<SummaryRow[]>> {
    const needsRows = ({ unknown }: Snapshot): boolean => unknown.length > 0;
    return this.snapshots.within(request, needsRows, (snapshot) => {
      const { place, unknown } = snapshot;
      const known = without(request.range, unknown);
      return answer({ request, snapshot, isMixed: known.length > 0 }, async () => {
        const records = await run<SummaryRecord>(snapshot, summaryStatement(place, { known, rows: unknown }));
        return records.map(({ month, revenue, quantity }) => ({
          month,
          revenue: moneyText(revenue),
          quantity: wholeNumber(quantity),
        }));
      });
    });
  }

  topProducts(request: ReportRequest & { readonly ties: Ties }): Promise<SalesReport<TopProductRow[]>> {
    const limit = request.ties === 'keep' ? MOST_TIED_PRODUCTS : TOP_PRODUCTS;
    return this.snapshots.within(request, cutsMonths(request), (snapshot) => {
      const plan = planOf(request, snapshot);
      return answer({ request, snapshot, plan, isMixed: isPartlyKnown(plan) }, async () => {
        const statement = topStatement(snapshot.place, plan, { rank: TOP_PRODUCTS, limit });
        const records = await run<TopRecord>(snapshot, statement);
        return records.map((record) => ({
          ...record,
          product_id: wholeNumber(record.product_id),
          revenue: moneyText(record.revenue),
        }));
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
    const page = await this.snapshots.within(limited, cutsMonths(limited), (snapshot) => {
      const plan = planOf(limited, snapshot);
      const reading = { request: limited, snapshot, plan, isMixed: isPartlyKnown(plan) };
      return answer(reading, () => all(readBreakdown(snapshot, limited)));
    });
    return { ...page, rows: each(page.rows), count: page.rows.length };
  }

  private async wholeBreakdown(request: BreakdownRequest): Promise<SalesReport<AsyncIterable<BreakdownRow>>> {
    const { statementTimeoutMs } = this.options;
    const limits = { statementTimeoutMs, longestMs: LONGEST_READING_MS };
    const snapshot = await this.snapshots.open(request, cutsMonths(request), limits);
    const plan = planOf(request, snapshot);
    const description = describe({ request, snapshot, plan, isMixed: isPartlyKnown(plan) });
    if (!description.isUnchanged) return { ...description, rows: new BreakdownRows(snapshot, request) };
    snapshot.close();
    return { ...description, rows: each([]) };
  }
}

/** Rows of a moment that ends with their reading, also where nobody begins to read. */
class BreakdownRows implements AsyncIterable<BreakdownRow> {
  constructor(
    private readonly snapshot: OpenSnapshot,
    private readonly request: BreakdownRequest,
  ) {}

  /** By hand: a generator for each row takes longer than reading it. */
  [Symbol.asyncIterator](): AsyncIterator<BreakdownRow, undefined> {
    const pages = this.pages();
    let page: readonly BreakdownRow[] = [];
    let at = 0;
    return {
      next: async () => {
        while (at >= page.length) {
          const { done, value } = await pages.next();
          if (done === true) return { done, value: undefined };
          page = value;
          at = 0;
        }
        const row = page[at++];
        return row === undefined ? { done: true, value: undefined } : { done: false, value: row };
      },
      return: async () => {
        this.snapshot.close();
        await pages.return(undefined);
        return { done: true, value: undefined };
      },
    };
  }

  private async *pages(): AsyncGenerator<BreakdownRow[], undefined> {
    try {
      yield* readBreakdown(this.snapshot, this.request);
    } catch (error) {
      throw this.snapshot.translate(error);
    } finally {
      this.snapshot.close();
    }
  }
}

interface Reading {
  readonly request: ReportRequest;
  readonly snapshot: Snapshot;
  /** Where the report is made of parts of months. */
  readonly plan?: ReportPlan;
  /** Besides what is read from rows there are totals. */
  readonly isMixed: boolean;
}

async function answer<T>(reading: Reading, read: () => Promise<T[]>): Promise<SalesReport<T[]>> {
  const description = describe(reading);
  return { ...description, rows: description.isUnchanged ? [] : await read() };
}

function describe(reading: Reading): Omit<SalesReport<never>, 'rows'> {
  const { request, snapshot, isMixed } = reading;
  const { totals, unknown } = snapshot;
  const version = unknown.length === 0 ? `${totals.tableId}.${totals.changes}` : undefined;
  const isUnchanged = version !== undefined && request.versions?.has(version) === true;
  const wanted = request.fromRows === true ? undefined : wantedOf(reading);
  const source: ReportSource = unknown.length === 0 ? 'totals' : isMixed ? 'mixed' : 'rows';
  return { source, isUnchanged, ...(version !== undefined && { version }), ...(wanted && { wanted }) };
}

function wantedOf({ request, snapshot, plan }: Reading): TotalsWanted | undefined {
  const { totals, unknown } = snapshot;
  const rebuild = unknown.length > 0;
  const fold = totals.unfolded > MANY_DELTAS;
  const days = unknown.length > 0 ? [] : (plan?.rows ?? []).flatMap(daysOf);
  return rebuild || fold || days.length > 0 ? { table: request.table, rebuild, fold, days } : undefined;
}

/** Whether the plan needs rows: of unknown months, or of days at the ends of the range. */
function cutsMonths(request: ReportRequest): (snapshot: Snapshot) => boolean {
  return (snapshot) => planOf(request, snapshot).rows.length > 0;
}

function planOf({ range }: ReportRequest, { unknown, totals }: Snapshot): ReportPlan {
  return planReport(range, { unknown, days: totals.cachedDays });
}

function isPartlyKnown({ months, days }: ReportPlan): boolean {
  return months.length > 0 || days.length > 0;
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
