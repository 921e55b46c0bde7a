import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { DomainConfigs } from '../../domain/ports/domain-configs.port.js';
import { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import { type SchemaVerdict, subjectsOf, verdictsOf } from './domain-subjects.js';

export interface CheckedSchemas {
  readonly domain: string;
  /** Whether all of them are. */
  readonly is_compatible: boolean;
  readonly schemas: readonly SchemaVerdict[];
}

/** Whether a domain's schemas can be registered: whether those who read its streams go on to understand them. */
export class CheckSchemasQuery extends Query<CheckedSchemas> {
  /** @param environment unset: the one of the settings */
  constructor(
    readonly domain: string,
    readonly environment?: string,
  ) {
    super();
  }
}

@QueryHandler(CheckSchemasQuery)
export class CheckSchemasHandler implements IQueryHandler<CheckSchemasQuery> {
  constructor(
    private readonly domains: DomainConfigs,
    private readonly registry: SchemaRegistry,
  ) {}

  async execute({ domain, environment }: CheckSchemasQuery): Promise<CheckedSchemas> {
    const schemas = await verdictsOf(subjectsOf(await this.domains.load(domain, environment)), this.registry);
    return { domain, is_compatible: schemas.every((verdict) => verdict.is_compatible), schemas };
  }
}
