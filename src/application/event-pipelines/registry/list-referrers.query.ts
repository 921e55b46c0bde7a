import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { versionId } from '../../../domain/event-pipelines/version-id.js';
import { RegistryCatalog } from '../../../domain/ports/registry-catalog.port.js';

/** The ids of the schemas that refer to a version. */
export class ListSchemaReferrersQuery extends Query<number[]> {
  constructor(
    readonly subject: string,
    readonly version: string,
  ) {
    super();
  }
}

@QueryHandler(ListSchemaReferrersQuery)
export class ListSchemaReferrersHandler implements IQueryHandler<ListSchemaReferrersQuery> {
  constructor(private readonly catalog: RegistryCatalog) {}

  execute({ subject, version }: ListSchemaReferrersQuery): Promise<number[]> {
    return this.catalog.referrers(subject, versionId(version));
  }
}
