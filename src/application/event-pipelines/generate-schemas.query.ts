import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { AvroRecordSchema } from '../../domain/event-pipelines/avro-schema.js';
import { subjectOf } from '../../domain/event-pipelines/domain-config.js';
import { generateAllSchemas } from '../../domain/event-pipelines/generate-all-schemas.js';
import { DomainConfigs } from '../../domain/ports/domain-configs.port.js';

export interface GeneratedSchemas {
  readonly domain: string;
  /** By event type. */
  readonly schemas: Readonly<Record<string, AvroRecordSchema>>;
  /** Under which each is registered, by event type. */
  readonly subjects: Readonly<Record<string, string>>;
}

/** The Avro schemas of a domain's event types. */
export class GenerateSchemasQuery extends Query<GeneratedSchemas> {
  /** @param environment unset: the one of the settings */
  constructor(
    readonly domain: string,
    readonly environment?: string,
  ) {
    super();
  }
}

@QueryHandler(GenerateSchemasQuery)
export class GenerateSchemasHandler implements IQueryHandler<GenerateSchemasQuery> {
  constructor(private readonly domains: DomainConfigs) {}

  async execute({ domain, environment }: GenerateSchemasQuery): Promise<GeneratedSchemas> {
    const config = await this.domains.load(domain, environment);
    const schemas = generateAllSchemas(config);
    const subjects = Object.keys(schemas).map((eventType) => [eventType, subjectOf(config, eventType)] as const);
    return { domain, schemas, subjects: Object.fromEntries(subjects) };
  }
}
