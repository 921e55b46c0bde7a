import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { WarehouseQueries } from '../../domain/ports/warehouse-queries.port.js';

/** Databases of the warehouse, each with its tables. */
export class ListDatabasesQuery extends Query<Record<string, string[]>> {}

@QueryHandler(ListDatabasesQuery)
export class ListDatabasesHandler implements IQueryHandler<ListDatabasesQuery> {
  constructor(private readonly warehouse: WarehouseQueries) {}

  execute(): Promise<Record<string, string[]>> {
    return this.warehouse.databases();
  }
}
