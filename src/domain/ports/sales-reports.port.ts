import type { BreakdownPlace } from '../sales-reporting/breakdown-place.js';
import type { Day, DaySpan } from '../sales-reporting/calendar.js';
import type { QualifiedName } from '../sales-reporting/qualified-name.js';
import type {
  BreakdownRow,
  ReportEngine,
  ReportSource,
  SummaryRow,
  Ties,
  TopProductRow,
} from '../sales-reporting/sales-report.js';

export interface ReportRequest {
  readonly table: QualifiedName;
  readonly range: DaySpan;
  /** From the rows themselves, whatever totals there are. */
  readonly fromRows?: boolean;
  /** Versions the caller has already: with one of these the answer is that nothing has changed. */
  readonly versions?: ReadonlySet<string>;
}

export interface BreakdownRequest extends ReportRequest {
  readonly product?: string;
  readonly region?: string;
  readonly after?: BreakdownPlace;
  /** Rows at most; left out: all. */
  readonly limit?: number;
}

/** What would make the next report of this table faster; nothing that has to be done. */
export interface TotalsWanted {
  readonly table: QualifiedName;
  /** The totals are not kept, or not known to be right, for some of the range. */
  readonly rebuild: boolean;
  /** Much was appended to the totals that is not added up yet. */
  readonly fold: boolean;
  /** Days whose totals by product, from the beginning of their month (of the year, at its end) are worth keeping. */
  readonly days: readonly Day[];
}

export interface SalesReport<Rows> {
  readonly rows: Rows;
  /** Two answers to one request with the same version are the same; left out where none can be told cheaply. */
  readonly version?: string;
  readonly source: ReportSource;
  /** The caller has it already, and `rows` is empty. */
  readonly isUnchanged: boolean;
  readonly wanted?: TotalsWanted;
}

/**
 * The three reports on one engine: exact, of one moment, with whatever was committed before the request. Rows outside
 * the years 1 to 9999 are not reported. Every adapter passes test/contracts/sales-reports.contract.ts.
 *
 * @throws PenstockError `table.unknown`, `table.unsuitable` (it lacks a column, or has it in another type), `query.timeout`,
 *   and `database.unreachable` or `warehouse.unreachable`
 */
export abstract class SalesReports {
  /** One row for each month with sales, in order. */
  abstract summary(request: ReportRequest): Promise<SalesReport<SummaryRow[]>>;

  /**
   * One row for each month, product name and region with sales, in this order (names by code point). Reads on as the
   * rows are taken; whoever stops taking them ends the reading.
   */
  abstract breakdown(request: BreakdownRequest): Promise<SalesReport<AsyncIterable<BreakdownRow>>>;

  /** The products with the highest revenue, highest first; of equal ones by name, then id. */
  abstract topProducts(request: ReportRequest & { readonly ties: Ties }): Promise<SalesReport<TopProductRow[]>>;
}

/** The reports on every engine, as the application holds them. */
export class SalesReportEngines {
  constructor(private readonly engines: Readonly<Record<ReportEngine, SalesReports>>) {}

  of(engine: ReportEngine): SalesReports {
    return this.engines[engine];
  }
}
