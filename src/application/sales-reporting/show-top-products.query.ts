import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Ties, TopProductRow } from '../../domain/sales-reporting/sales-report.js';
import { type ReportAnswer, ReportDesk, type ReportOrder } from './report-desk.js';

/** The five products with the highest revenue; with `keep`, all that share the fifth rank. */
export class ShowTopProductsQuery extends Query<ReportAnswer<TopProductRow[]>> {
  constructor(readonly order: ReportOrder & { readonly ties?: Ties | undefined } = {}) {
    super();
  }
}

@QueryHandler(ShowTopProductsQuery)
export class ShowTopProductsHandler implements IQueryHandler<ShowTopProductsQuery> {
  constructor(private readonly desk: ReportDesk) {}

  execute({ order }: ShowTopProductsQuery): Promise<ReportAnswer<TopProductRow[]>> {
    const ties = order.ties ?? 'cut';
    return this.desk.serve('top', { ...order, ties }, (reports, request) => reports.topProducts({ ...request, ties }));
  }
}
