import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { DeleteSubjectCommand } from '../../../../application/event-pipelines/registry/delete-subject.command.js';
import { ListSubjectsQuery } from '../../../../application/event-pipelines/registry/list-subjects.query.js';
import { LookUpSchemaQuery } from '../../../../application/event-pipelines/registry/look-up-schema.query.js';
import { Scope } from '../../access/scope.js';
import { ApiProblems } from '../../docs/api-problems.js';
import { versionAnswer } from './registry-answer.js';
import { VERSION } from './registry-examples.js';
import { countOf, deletedOf, isTrue, prefixOf, schemaRequest } from './registry-request.js';
import { RegistryRoutes } from './registry-route.js';
import { SchemaBody } from './registry.dto.js';

const ALL = 100_000;

@RegistryRoutes()
@Controller('registry/subjects')
export class RegistrySubjectsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'The subjects of the schema registry' })
  @ApiQuery({ name: 'subjectPrefix', required: false })
  @ApiQuery({ name: 'deleted', required: false, description: '`true`: also those that are deleted softly' })
  @ApiQuery({ name: 'deletedOnly', required: false })
  @ApiQuery({ name: 'offset', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiOkResponse({ schema: { example: ['events.page_view-value', 'events.purchase-value'] } })
  async list(@Query() query: Readonly<Record<string, string>>): Promise<string[]> {
    const { subjectPrefix, deleted, deletedOnly } = query;
    const found = await this.queries.execute(
      new ListSubjectsQuery(prefixOf(subjectPrefix), deletedOf(deleted, deletedOnly)),
    );
    const offset = countOf(query['offset'], 0, ALL);
    return found.slice(offset, offset + countOf(query['limit'], ALL, ALL));
  }

  @Post(':subject')
  @HttpCode(200)
  @Scope('read')
  @ApiOperation({ summary: 'The version of a subject that has this schema' })
  @ApiBody({ type: SchemaBody })
  @ApiQuery({ name: 'normalize', required: false })
  @ApiQuery({ name: 'deleted', required: false })
  @ApiOkResponse({ schema: { example: VERSION } })
  @ApiProblems('subject.unknown', 'schema.unknown', 'schema.invalid')
  async lookUp(
    @Param('subject') subject: string,
    @Body() body: unknown,
    @Query() { normalize, deleted }: Readonly<Record<string, string>>,
  ): Promise<object> {
    const request = schemaRequest(body, normalize);
    return versionAnswer(await this.queries.execute(new LookUpSchemaQuery(subject, request, deletedOf(deleted))));
  }

  @Delete(':subject')
  @Scope('admin')
  @ApiOperation({ summary: 'Delete a subject softly or, with permanent=true after that, for good' })
  @ApiQuery({ name: 'permanent', required: false })
  @ApiOkResponse({ schema: { example: [1, 2] } })
  @ApiProblems('subject.unknown', 'subject.deleted', 'subject.not-deleted', 'schema.in-use', 'registry.read-only')
  remove(@Param('subject') subject: string, @Query('permanent') permanent?: string): Promise<number[]> {
    return this.commands.execute(new DeleteSubjectCommand(subject, isTrue(permanent)));
  }
}
