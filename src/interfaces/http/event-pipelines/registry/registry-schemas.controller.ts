import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { ListSchemaUsesQuery } from '../../../../application/event-pipelines/registry/list-schema-uses.query.js';
import { ListRegisteredSchemasQuery } from '../../../../application/event-pipelines/registry/list-schemas.query.js';
import { ShowRegisteredSchemaQuery } from '../../../../application/event-pipelines/registry/show-schema.query.js';
import { SCHEMA_LANGUAGE } from '../../../../domain/event-pipelines/schema-request.js';
import { PenstockError } from '../../../../domain/errors.js';
import { Scope } from '../../access/scope.js';
import { ApiProblems } from '../../docs/api-problems.js';
import { schemaAnswer, versionAnswer } from './registry-answer.js';
import { SCHEMA, SCHEMA_TEXT, VERSION } from './registry-examples.js';
import { countOf, deletedOf, isTrue, prefixOf } from './registry-request.js';
import { RegistryRoutes } from './registry-route.js';

/** Most schemas of one page, which is what is answered where no limit is asked for. */
const MAX_PAGE = 1000;
const MAX_OFFSET = 100_000_000;
const MAX_ID = 2_147_483_647;

@RegistryRoutes()
@Controller('registry/schemas')
export class RegistrySchemasController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: `Versions of all subjects, at most ${MAX_PAGE} at once` })
  @ApiQuery({ name: 'subjectPrefix', required: false })
  @ApiQuery({ name: 'deleted', required: false })
  @ApiQuery({ name: 'latestOnly', required: false })
  @ApiQuery({ name: 'offset', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiOkResponse({ schema: { example: [VERSION] } })
  async list(@Query() query: Readonly<Record<string, string>>): Promise<object[]> {
    const page = {
      prefix: prefixOf(query['subjectPrefix']),
      deleted: deletedOf(query['deleted']),
      latestOnly: isTrue(query['latestOnly']),
      offset: countOf(query['offset'], 0, MAX_OFFSET),
      limit: countOf(query['limit'], MAX_PAGE, MAX_PAGE),
    };
    return (await this.queries.execute(new ListRegisteredSchemasQuery(page))).map(versionAnswer);
  }

  @Get('types')
  @Scope('read')
  @ApiOperation({ summary: 'The types of schemas that the registry takes' })
  @ApiOkResponse({ schema: { example: [SCHEMA_LANGUAGE] } })
  types(): string[] {
    return [SCHEMA_LANGUAGE];
  }

  @Get('ids/:id')
  @Scope('read')
  @ApiOperation({ summary: 'A schema by its id' })
  @ApiOkResponse({ schema: { example: SCHEMA } })
  @ApiProblems('schema.unknown')
  async byId(@Param('id') id: string): Promise<object> {
    return schemaAnswer(await this.queries.execute(new ShowRegisteredSchemaQuery(schemaId(id))));
  }

  @Get('ids/:id/schema')
  @Scope('read')
  @ApiOperation({ summary: 'A schema by its id, as it is' })
  @ApiOkResponse({ schema: { example: JSON.parse(SCHEMA_TEXT) as object } })
  @ApiProblems('schema.unknown')
  async text(@Param('id') id: string): Promise<string> {
    const { schema } = await this.queries.execute(new ShowRegisteredSchemaQuery(schemaId(id)));
    return schema;
  }

  @Get('ids/:id/subjects')
  @Scope('read')
  @ApiOperation({ summary: 'The subjects that have the schema' })
  @ApiQuery({ name: 'deleted', required: false })
  @ApiOkResponse({ schema: { example: ['events.page_view-value'] } })
  @ApiProblems('schema.unknown')
  async subjects(@Param('id') id: string, @Query('deleted') deleted?: string): Promise<string[]> {
    const uses = await this.queries.execute(new ListSchemaUsesQuery(schemaId(id), deletedOf(deleted)));
    return [...new Set(uses.map(({ subject }) => subject))];
  }

  @Get('ids/:id/versions')
  @Scope('read')
  @ApiOperation({ summary: 'The subjects and versions that have the schema' })
  @ApiQuery({ name: 'deleted', required: false })
  @ApiOkResponse({ schema: { example: [{ subject: 'events.page_view-value', version: 1 }] } })
  @ApiProblems('schema.unknown')
  versions(@Param('id') id: string, @Query('deleted') deleted?: string): Promise<object[]> {
    return this.queries.execute(new ListSchemaUsesQuery(schemaId(id), deletedOf(deleted)));
  }

  @Get('guids/:guid')
  @Scope('read')
  @ApiOperation({ summary: 'A schema by its GUID' })
  @ApiOkResponse({ schema: { example: SCHEMA } })
  @ApiProblems('schema.unknown')
  async byGuid(@Param('guid') guid: string): Promise<object> {
    return schemaAnswer(await this.queries.execute(new ShowRegisteredSchemaQuery(guid)));
  }
}

function schemaId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (id >= 1 && id <= MAX_ID) return id;
  throw new PenstockError('schema.unknown', 'Schema not found');
}
