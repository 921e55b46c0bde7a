import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { checkLanguage, type SchemaRequest } from '../../../domain/event-pipelines/schema-request.js';
import type { Deleted } from '../../../domain/event-pipelines/version-id.js';
import { RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';
import { type SchemaVersion } from '../../../domain/ports/schema-registry.port.js';

/** The version of a subject that has this schema. */
export class LookUpSchemaQuery extends Query<SchemaVersion> {
  constructor(
    readonly subject: string,
    readonly request: SchemaRequest,
    readonly deleted: Deleted,
  ) {
    super();
  }
}

@QueryHandler(LookUpSchemaQuery)
export class LookUpSchemaHandler implements IQueryHandler<LookUpSchemaQuery> {
  constructor(private readonly subjects: RegistrySubjects) {}

  execute({ subject, request, deleted }: LookUpSchemaQuery): Promise<SchemaVersion> {
    checkLanguage(request);
    return this.subjects.lookUp(subject, request, deleted);
  }
}
