import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RegistryCatalog, type SchemaPage } from '../../../domain/ports/registry-catalog.port.js';
import { type SchemaVersion } from '../../../domain/ports/schema-registry.port.js';

/** Versions of all subjects, a page of them. */
export class ListRegisteredSchemasQuery extends Query<SchemaVersion[]> {
  constructor(readonly page: SchemaPage) {
    super();
  }
}

@QueryHandler(ListRegisteredSchemasQuery)
export class ListRegisteredSchemasHandler implements IQueryHandler<ListRegisteredSchemasQuery> {
  constructor(private readonly catalog: RegistryCatalog) {}

  execute({ page }: ListRegisteredSchemasQuery): Promise<SchemaVersion[]> {
    return this.catalog.page(page);
  }
}
