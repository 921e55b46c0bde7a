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
import { reportFailure } from './report-failures.js';
import type { Statement } from './report-parts.js';
import { ReportSnapshots, type Snapshot } from './report-snapshots.js';
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

/** The reports from the totals that are kept with the rows, and from the rows where these are not known to be right. */
export class PostgresSalesReports implements SalesReports {
  private readonly snapshots: ReportSnapshots;

  constructor(pool: PostgresPool) {
    this.snapshots = new ReportSnapshots(pool);
  }

  async summary(request: ReportRequest): Promise<SalesReport<SummaryRow[]>> {
    const snapshot = await this.snapshots.open(request, ({ unknown }) => unknown.length > 0);
    const { place, unknown } = snapshot;
    const known = without(request.range, unknown);
    const read = async (): Promise<SummaryRow[]> => {
      const records = await run<SummaryRecord>(snapshot, summaryStatement(place, { known, rows: unknown }));
      return records.map(({ month, revenue, quantity }) => ({
        month,
        revenue: moneyText(revenue),
        quantity: wholeNumber(quantity),
      }));
    };
    return answer({ request, snapshot, isMixed: known.length > 0 }, read);
  }

  async topProducts(request: ReportRequest & { readonly ties: Ties }): Promise<SalesReport<TopProductRow[]>> {
    const snapshot = await this.snapshots.open(request, (moment) => planOf(request, moment).rows.length > 0);
    const plan = planOf(request, snapshot);
    const limit = request.ties === 'keep' ? MOST_TIED_PRODUCTS : TOP_PRODUCTS;
    const read = async (): Promise<TopProductRow[]> => {
      const records = await run<TopRecord>(snapshot, topStatement(snapshot.place, plan, { rank: TOP_PRODUCTS, limit }));
      return records.map(({ rank, product_id, product_name, revenue }) => ({
        rank,
        product_id: wholeNumber(product_id),
        product_name,
        revenue: moneyText(revenue),
      }));
    };
    return answer({ request, snapshot, plan, isMixed: isPartlyKnown(plan) }, read);
  }

  async breakdown(request: BreakdownRequest): Promise<SalesReport<AsyncIterable<BreakdownRow>>> {
    const snapshot = await this.snapshots.open(request, (moment) => planOf(request, moment).rows.length > 0);
    const plan = planOf(request, snapshot);
    const description = describe({ request, snapshot, plan, isMixed: isPartlyKnown(plan) });
    if (description.isUnchanged) {
      snapshot.close();
      return { ...description, rows: nothing() };
    }
    return { ...description, rows: untilClosed(snapshot, request) };
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
  try {
    return { ...description, rows: description.isUnchanged ? [] : await read() };
  } catch (error) {
    throw reportFailure(error, reading.request.table);
  } finally {
    reading.snapshot.close();
  }
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

function planOf({ range }: ReportRequest, { unknown, totals }: Snapshot): ReportPlan {
  return planReport(range, { unknown, days: totals.cachedDays });
}

function isPartlyKnown({ months, days }: ReportPlan): boolean {
  return months.length > 0 || days.length > 0;
}

async function run<R extends QueryResultRow>({ client }: Snapshot, { sql, values }: Statement): Promise<R[]> {
  return (await client.query<R>(sql, values)).rows;
}

async function* untilClosed(snapshot: Snapshot, request: BreakdownRequest): AsyncGenerator<BreakdownRow> {
  try {
    yield* readBreakdown(snapshot, request);
  } catch (error) {
    throw reportFailure(error, request.table);
  } finally {
    snapshot.close();
  }
}

async function* nothing(): AsyncGenerator<BreakdownRow> {}
