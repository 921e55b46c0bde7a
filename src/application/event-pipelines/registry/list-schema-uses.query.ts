import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RegistryCatalog, type SchemaUse } from '../../../domain/ports/registry-catalog.port.js';
import type { Deleted } from '../../../domain/event-pipelines/version-id.js';

/** The subjects and versions that have the schema of an id. */
export class ListSchemaUsesQuery extends Query<SchemaUse[]> {
  constructor(
    readonly id: number,
    readonly deleted: Deleted,
  ) {
    super();
  }
}

@QueryHandler(ListSchemaUsesQuery)
export class ListSchemaUsesHandler implements IQueryHandler<ListSchemaUsesQuery> {
  constructor(private readonly catalog: RegistryCatalog) {}

  execute({ id, deleted }: ListSchemaUsesQuery): Promise<SchemaUse[]> {
    return this.catalog.usesOf(id, deleted);
  }
}
