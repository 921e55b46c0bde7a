import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { type Deleted, versionId } from '../../../domain/event-pipelines/version-id.js';
import { RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';
import { type SchemaVersion } from '../../../domain/ports/schema-registry.port.js';

/** One version of a subject. */
export class ShowSchemaVersionQuery extends Query<SchemaVersion> {
  constructor(
    readonly subject: string,
    readonly version: string,
    readonly deleted: Deleted,
  ) {
    super();
  }
}

@QueryHandler(ShowSchemaVersionQuery)
export class ShowSchemaVersionHandler implements IQueryHandler<ShowSchemaVersionQuery> {
  constructor(private readonly subjects: RegistrySubjects) {}

  execute({ subject, version, deleted }: ShowSchemaVersionQuery): Promise<SchemaVersion> {
    return this.subjects.version(subject, versionId(version), deleted);
  }
}
