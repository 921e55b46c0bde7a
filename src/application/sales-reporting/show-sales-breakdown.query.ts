import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { SalesReport } from '../../domain/ports/sales-reports.port.js';
import { breakdownPlace, placeText } from '../../domain/sales-reporting/breakdown-place.js';
import type { BreakdownRow } from '../../domain/sales-reporting/sales-report.js';
import { decodeCursor, encodeCursor } from '../../domain/shared/cursor.js';
import { type ReportAnswer, ReportDesk, type ReportOrder } from './report-desk.js';

export interface BreakdownOrder extends ReportOrder {
  readonly product?: string | undefined;
  readonly region?: string | undefined;
  /** Rows of a page; left out: all rows, read on as they are taken. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface BreakdownAnswer extends ReportAnswer<AsyncIterable<BreakdownRow>> {
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

/** Revenue and quantity of each month, product name and region. */
export class ShowSalesBreakdownQuery extends Query<BreakdownAnswer> {
  constructor(readonly order: BreakdownOrder = {}) {
    super();
  }
}

@QueryHandler(ShowSalesBreakdownQuery)
export class ShowSalesBreakdownHandler implements IQueryHandler<ShowSalesBreakdownQuery> {
  constructor(private readonly desk: ReportDesk) {}

  async execute({ order }: ShowSalesBreakdownQuery): Promise<BreakdownAnswer> {
    const { product, region, limit, cursor } = order;
    const after = cursor === undefined ? undefined : breakdownPlace(decodeCursor(cursor));
    let next: string | undefined;
    const answer = await this.desk.serve('breakdown', { ...order }, async (reports, request) => {
      const report = await reports.breakdown({
        ...request,
        ...(product !== undefined && { product }),
        ...(region !== undefined && { region }),
        ...(after !== undefined && { after }),
        ...(limit !== undefined && { limit: limit + 1 }),
      });
      if (limit === undefined || report.isUnchanged) return report;
      const page = await pageOf(report, limit);
      next = page.next;
      return { ...report, rows: page.rows };
    });
    return { ...answer, ...(next !== undefined && { next }) };
  }
}

/** One row more than the page tells whether there is a next one. */
async function pageOf({ rows }: SalesReport<AsyncIterable<BreakdownRow>>, limit: number) {
  const found: BreakdownRow[] = [];
  for await (const row of rows) found.push(row);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last !== undefined ? encodeCursor(placeText(last)) : undefined;
  return { rows: each(page), next };
}

async function* each(rows: readonly BreakdownRow[]): AsyncGenerator<BreakdownRow> {
  yield* rows;
}
