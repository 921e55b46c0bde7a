import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ListDatabasesQuery } from '../../../application/stream-onboarding/list-databases.query.js';
import { ListSourcesQuery, type Source } from '../../../application/stream-onboarding/list-sources.query.js';
import { type QueryAnswer, RunQueryQuery } from '../../../application/stream-onboarding/run-query.query.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { QUERY_EXAMPLE, SOURCES_EXAMPLE } from './onboarding-examples.js';
import { RunQueryBody } from './onboarding-requests.dto.js';

/** What was made of the streams: databases, their tables, their rows. */
@ApiTags('stream-onboarding')
@Scope('read')
@Controller('api')
export class WarehouseController {
  constructor(private readonly queries: QueryBus) {}

  @Get('databases')
  @ApiOperation({ summary: 'Databases of the warehouse, each with its tables' })
  @ApiOkResponse({ schema: { example: { default: ['example_table'] } } })
  @ApiProblems('warehouse.unreachable')
  databases(): Promise<Record<string, string[]>> {
    return this.queries.execute(new ListDatabasesQuery());
  }

  @Post('query')
  @HttpCode(200)
  @ApiOperation({ summary: 'Run one reading statement and answer a page of its result' })
  @ApiOkResponse({ schema: { example: QUERY_EXAMPLE } })
  @ApiProblems('query.refused', 'query.failed', 'query.timeout', 'warehouse.unreachable')
  query(@Body() { query, ...paging }: RunQueryBody): Promise<QueryAnswer> {
    return this.queries.execute(new RunQueryQuery(query, paging));
  }

  @Get('sources')
  @ApiOperation({ summary: 'Streams that feed tables' })
  @ApiOkResponse({ schema: { example: SOURCES_EXAMPLE } })
  @ApiProblems('store.unreachable')
  sources(): Promise<Source[]> {
    return this.queries.execute(new ListSourcesQuery());
  }
}
