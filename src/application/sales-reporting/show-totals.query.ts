import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { SalesTotals } from '../../domain/ports/sales-totals.port.js';
import { parseQualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import type { TotalsState } from '../../domain/sales-reporting/totals-state.js';

/** How the totals behind the reports of a table stand. */
export class ShowTotalsQuery extends Query<TotalsState> {
  constructor(readonly table: string) {
    super();
  }
}

@QueryHandler(ShowTotalsQuery)
export class ShowTotalsHandler implements IQueryHandler<ShowTotalsQuery> {
  constructor(private readonly totals: SalesTotals) {}

  execute({ table }: ShowTotalsQuery): Promise<TotalsState> {
    return this.totals.state(parseQualifiedName(table));
  }
}
