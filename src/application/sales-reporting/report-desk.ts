import type { Clock } from '../../domain/ports/clock.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type {
  ReportRequest,
  SalesReport,
  SalesReportEngines,
  SalesReports,
} from '../../domain/ports/sales-reports.port.js';
import { parseQualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import { reportRange, type RequestedDates } from '../../domain/sales-reporting/report-range.js';
import { reportTag, versionsOf } from '../../domain/sales-reporting/report-tag.js';
import { type ReportEngine, type ReportSource, SALES_TABLE } from '../../domain/sales-reporting/sales-report.js';
import type { TotalsUpkeep } from './totals-upkeep.js';

/** What every report can be asked for. */
export interface ReportOrder extends RequestedDates {
  /** `table` or `schema.table`; left out: `sales_report`. */
  readonly table?: string | undefined;
  readonly engine?: ReportEngine | undefined;
  /** From the rows themselves, whatever totals there are. */
  readonly fromRows?: boolean | undefined;
  /** Tags of answers the caller has. */
  readonly tags?: readonly string[] | undefined;
}

export interface ReportAnswer<Rows> {
  readonly rows: Rows;
  /** Names the answer, where that can be told: with the same tag it is the same. */
  readonly tag?: string;
  /** The caller has it by one of its tags, and `rows` is empty. */
  readonly isUnchanged: boolean;
  readonly source: ReportSource;
}

type ReportName = 'summary' | 'breakdown' | 'top';

/** Takes the orders of all three reports: checks them, times them, and passes on what would make the next one faster. */
export class ReportDesk {
  constructor(
    private readonly engines: SalesReportEngines,
    private readonly upkeep: TotalsUpkeep,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** @throws PenstockError `request.invalid`, `identifier.invalid`, and what SalesReports throws */
  async serve<Rows>(
    report: ReportName,
    order: ReportOrder & Readonly<Record<string, unknown>>,
    make: (reports: SalesReports, request: ReportRequest) => Promise<SalesReport<Rows>>,
  ): Promise<ReportAnswer<Rows>> {
    const { engine = 'postgres', fromRows = false, tags = [], table = SALES_TABLE, ...rest } = order;
    const asked = [report, engine, fromRows, table, rest];
    const request = {
      table: parseQualifiedName(table),
      range: reportRange(order),
      fromRows,
      versions: versionsOf(asked, tags),
    };
    const begunMs = this.clock.nowMs();
    const { rows, version, isUnchanged, source, wanted } = await make(this.engines.of(engine), request);
    const seconds = (this.clock.nowMs() - begunMs) / 1000;
    this.metrics.observe('penstock_report_seconds', { report, engine, source }, seconds);
    this.upkeep.want(wanted);
    return { rows, isUnchanged, source, ...(version !== undefined && { tag: reportTag(asked, version) }) };
  }
}
