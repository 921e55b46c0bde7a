import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import {
  type GeneratedSchemas,
  GenerateSchemasQuery,
} from '../../../application/event-pipelines/generate-schemas.query.js';
import { type DomainSummary, ListDomainsQuery } from '../../../application/event-pipelines/list-domains.query.js';
import {
  ShowDomainConfigQuery,
  type ShownDomainConfig,
} from '../../../application/event-pipelines/show-domain-config.query.js';
import { given } from '../../../domain/shared/given.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { DOMAIN_CONFIG_EXAMPLE, DOMAINS_EXAMPLE, SCHEMAS_EXAMPLE } from './domains-examples.js';
import { DomainConfigQuery, EnvironmentQuery } from './domains.dto.js';

const NAME = { name: 'name', example: 'ecommerce' };

@ApiTags('event-pipelines')
@Controller('domains')
export class DomainsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'The domains that are configured, their events and aggregations' })
  @ApiOkResponse({ schema: { example: DOMAINS_EXAMPLE } })
  @ApiProblems('environment.unknown', 'domain.invalid')
  async list(@Query() { environment }: EnvironmentQuery): Promise<{ domains: readonly DomainSummary[] }> {
    return { domains: await this.queries.execute(new ListDomainsQuery(environment)) };
  }

  @Get(':name/config')
  @Scope('read')
  @ApiOperation({ summary: 'The merged configuration of a domain, and which file set each value; without secrets' })
  @ApiParam(NAME)
  @ApiOkResponse({ schema: { example: DOMAIN_CONFIG_EXAMPLE } })
  @ApiProblems('domain.unknown', 'environment.unknown', 'domain.invalid')
  config(@Param('name') name: string, @Query() query: DomainConfigQuery): Promise<ShownDomainConfig> {
    const options = { ...given({ environment: query.environment }), isExplained: query.explain === 'true' };
    return this.queries.execute(new ShowDomainConfigQuery(name, options));
  }

  @Get(':name/schemas')
  @Scope('read')
  @ApiOperation({ summary: "The Avro schemas of a domain's event types, and the subjects they are registered under" })
  @ApiParam(NAME)
  @ApiOkResponse({ schema: { example: SCHEMAS_EXAMPLE } })
  @ApiProblems(
    'domain.unknown',
    'environment.unknown',
    'domain.invalid',
    'secret.missing',
    'secret.refused',
    'secret.unreachable',
  )
  schemas(@Param('name') name: string, @Query() { environment }: EnvironmentQuery): Promise<GeneratedSchemas> {
    return this.queries.execute(new GenerateSchemasQuery(name, environment));
  }
}
