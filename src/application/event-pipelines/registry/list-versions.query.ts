import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Deleted } from '../../../domain/event-pipelines/version-id.js';
import { RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';

/** The numbers of the versions of a subject. */
export class ListSchemaVersionsQuery extends Query<number[]> {
  constructor(
    readonly subject: string,
    readonly deleted: Deleted,
  ) {
    super();
  }
}

@QueryHandler(ListSchemaVersionsQuery)
export class ListSchemaVersionsHandler implements IQueryHandler<ListSchemaVersionsQuery> {
  constructor(private readonly subjects: RegistrySubjects) {}

  execute({ subject, deleted }: ListSchemaVersionsQuery): Promise<number[]> {
    return this.subjects.versions(subject, deleted);
  }
}
