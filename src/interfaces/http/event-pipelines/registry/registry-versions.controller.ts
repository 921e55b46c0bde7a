import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { DeleteSchemaVersionCommand } from '../../../../application/event-pipelines/registry/delete-version.command.js';
import { ListSchemaReferrersQuery } from '../../../../application/event-pipelines/registry/list-referrers.query.js';
import { ListSchemaVersionsQuery } from '../../../../application/event-pipelines/registry/list-versions.query.js';
import { RegisterSchemaCommand } from '../../../../application/event-pipelines/registry/register-schema.command.js';
import { ShowSchemaVersionQuery } from '../../../../application/event-pipelines/registry/show-version.query.js';
import { Scope } from '../../access/scope.js';
import { ApiProblems } from '../../docs/api-problems.js';
import { schemaAnswer, versionAnswer } from './registry-answer.js';
import { REGISTERED, SCHEMA_TEXT, VERSION } from './registry-examples.js';
import { deletedOf, isTrue, schemaRequest } from './registry-request.js';
import { RegistryRoutes } from './registry-route.js';
import { SchemaBody } from './registry.dto.js';

@RegistryRoutes()
@Controller('registry/subjects/:subject/versions')
export class RegistryVersionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'The versions of a subject' })
  @ApiQuery({ name: 'deleted', required: false })
  @ApiQuery({ name: 'deletedOnly', required: false })
  @ApiOkResponse({ schema: { example: [1, 2] } })
  @ApiProblems('subject.unknown')
  list(
    @Param('subject') subject: string,
    @Query('deleted') deleted?: string,
    @Query('deletedOnly') deletedOnly?: string,
  ): Promise<number[]> {
    return this.queries.execute(new ListSchemaVersionsQuery(subject, deletedOf(deleted, deletedOnly)));
  }

  @Post()
  @HttpCode(200)
  @Scope('load')
  @ApiOperation({ summary: 'Register a schema: a new version, or the one that has it already' })
  @ApiBody({ type: SchemaBody })
  @ApiQuery({ name: 'normalize', required: false })
  @ApiOkResponse({ schema: { example: REGISTERED } })
  @ApiProblems(
    'schema.incompatible',
    'schema.invalid',
    'schema-version.invalid',
    'subject.invalid',
    'registry.read-only',
  )
  async register(
    @Param('subject') subject: string,
    @Body() body: unknown,
    @Query('normalize') normalize?: string,
  ): Promise<object> {
    const command = new RegisterSchemaCommand(subject, schemaRequest(body, normalize));
    const registered = await this.commands.execute(command);
    return { ...schemaAnswer(registered), version: registered.version };
  }

  @Get(':version')
  @Scope('read')
  @ApiOperation({ summary: 'One version of a subject: its number, `latest` or -1' })
  @ApiQuery({ name: 'deleted', required: false })
  @ApiOkResponse({ schema: { example: VERSION } })
  @ApiProblems('subject.unknown', 'schema-version.unknown', 'schema-version.invalid')
  async show(
    @Param('subject') subject: string,
    @Param('version') version: string,
    @Query('deleted') deleted?: string,
  ): Promise<object> {
    return versionAnswer(await this.queries.execute(new ShowSchemaVersionQuery(subject, version, deletedOf(deleted))));
  }

  @Get(':version/schema')
  @Scope('read')
  @ApiOperation({ summary: 'The schema of a version, as it is' })
  @ApiQuery({ name: 'deleted', required: false })
  @ApiOkResponse({ schema: { example: JSON.parse(SCHEMA_TEXT) as object } })
  @ApiProblems('subject.unknown', 'schema-version.unknown', 'schema-version.invalid')
  async schema(
    @Param('subject') subject: string,
    @Param('version') version: string,
    @Query('deleted') deleted?: string,
  ): Promise<string> {
    const found = await this.queries.execute(new ShowSchemaVersionQuery(subject, version, deletedOf(deleted)));
    return found.schema;
  }

  @Get(':version/referencedby')
  @Scope('read')
  @ApiOperation({ summary: 'Ids of the schemas that refer to a version' })
  @ApiOkResponse({ schema: { example: [9] } })
  @ApiProblems('subject.unknown', 'schema-version.unknown', 'schema-version.invalid')
  referrers(@Param('subject') subject: string, @Param('version') version: string): Promise<number[]> {
    return this.queries.execute(new ListSchemaReferrersQuery(subject, version));
  }

  @Delete(':version')
  @Scope('admin')
  @ApiOperation({ summary: 'Delete a version softly or, with permanent=true after that, for good' })
  @ApiQuery({ name: 'permanent', required: false })
  @ApiOkResponse({ schema: { example: 1 } })
  @ApiProblems(
    'subject.unknown',
    'schema-version.unknown',
    'schema-version.invalid',
    'schema-version.deleted',
    'schema-version.not-deleted',
    'schema.in-use',
    'registry.read-only',
  )
  remove(
    @Param('subject') subject: string,
    @Param('version') version: string,
    @Query('permanent') permanent?: string,
  ): Promise<number> {
    return this.commands.execute(new DeleteSchemaVersionCommand(subject, version, isTrue(permanent)));
  }
}
