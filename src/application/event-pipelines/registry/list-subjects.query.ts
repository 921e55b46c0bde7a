import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Deleted } from '../../../domain/event-pipelines/version-id.js';
import { RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';

/** The subjects whose names begin so. */
export class ListSubjectsQuery extends Query<string[]> {
  constructor(
    readonly prefix: string,
    readonly deleted: Deleted,
  ) {
    super();
  }
}

@QueryHandler(ListSubjectsQuery)
export class ListSubjectsHandler implements IQueryHandler<ListSubjectsQuery> {
  constructor(private readonly subjects: RegistrySubjects) {}

  execute({ prefix, deleted }: ListSubjectsQuery): Promise<string[]> {
    return this.subjects.list(prefix, deleted);
  }
}
