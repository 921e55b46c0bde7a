import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { SummaryRow } from '../../domain/sales-reporting/sales-report.js';
import { type ReportAnswer, ReportDesk, type ReportOrder } from './report-desk.js';

/** Revenue and quantity of each month. */
export class ShowSalesSummaryQuery extends Query<ReportAnswer<SummaryRow[]>> {
  constructor(readonly order: ReportOrder = {}) {
    super();
  }
}

@QueryHandler(ShowSalesSummaryQuery)
export class ShowSalesSummaryHandler implements IQueryHandler<ShowSalesSummaryQuery> {
  constructor(private readonly desk: ReportDesk) {}

  execute({ order }: ShowSalesSummaryQuery): Promise<ReportAnswer<SummaryRow[]>> {
    return this.desk.serve('summary', { ...order }, (reports, request) => reports.summary(request));
  }
}
