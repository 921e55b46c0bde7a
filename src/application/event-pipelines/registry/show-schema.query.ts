import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RegistryCatalog } from '../../../domain/ports/registry-catalog.port.js';
import { type RegisteredSchema } from '../../../domain/ports/schema-registry.port.js';

/** A schema by its id, or by its GUID. */
export class ShowRegisteredSchemaQuery extends Query<RegisteredSchema> {
  constructor(readonly key: number | string) {
    super();
  }
}

@QueryHandler(ShowRegisteredSchemaQuery)
export class ShowRegisteredSchemaHandler implements IQueryHandler<ShowRegisteredSchemaQuery> {
  constructor(private readonly catalog: RegistryCatalog) {}

  execute({ key }: ShowRegisteredSchemaQuery): Promise<RegisteredSchema> {
    return this.catalog.schema(key);
  }
}
