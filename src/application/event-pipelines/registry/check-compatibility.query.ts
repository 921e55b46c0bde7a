import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { checkLanguage, type SchemaRequest } from '../../../domain/event-pipelines/schema-request.js';
import { versionId } from '../../../domain/event-pipelines/version-id.js';
import { RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';
import { type CompatibilityVerdict } from '../../../domain/ports/schema-registry.port.js';
import { ServedSchemaRegistry } from '../../../domain/ports/served-schema-registry.port.js';

/** Whether a schema could be registered: against what the level of the subject asks for, or one version. */
export class CheckCompatibilityQuery extends Query<CompatibilityVerdict> {
  constructor(
    readonly subject: string,
    readonly request: SchemaRequest,
    readonly version?: string,
  ) {
    super();
  }
}

@QueryHandler(CheckCompatibilityQuery)
export class CheckCompatibilityHandler implements IQueryHandler<CheckCompatibilityQuery> {
  constructor(
    private readonly registry: ServedSchemaRegistry,
    private readonly subjects: RegistrySubjects,
  ) {}

  async execute({ subject, request, version }: CheckCompatibilityQuery): Promise<CompatibilityVerdict> {
    checkLanguage(request);
    const { schema, references } = request;
    const number = version === undefined ? undefined : await this.numberOf(subject, version);
    return this.registry.check(subject, schema, references, number);
  }

  /** Undefined also for the latest of a subject that is not there: any schema will do. */
  private async numberOf(subject: string, version: string): Promise<number | undefined> {
    const id = versionId(version);
    if (id === 'latest') return (await this.registry.latest(subject))?.version;
    await this.subjects.version(subject, id, 'without');
    return id;
  }
}
