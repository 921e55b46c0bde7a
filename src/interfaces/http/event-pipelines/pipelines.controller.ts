import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  DeployPipelineCommand,
  type DeployReceipt,
} from '../../../application/event-pipelines/deploy-pipeline.command.js';
import { LATE_COLUMNS, ListLateEventsQuery } from '../../../application/event-pipelines/list-late-events.query.js';
import { ListPipelinesQuery } from '../../../application/event-pipelines/list-pipelines.query.js';
import { ListWindowsQuery } from '../../../application/event-pipelines/list-windows.query.js';
import type { PipelineSummary, PipelineView } from '../../../application/event-pipelines/pipeline-view.js';
import {
  RemovePipelineCommand,
  type RemoveReceipt,
} from '../../../application/event-pipelines/remove-pipeline.command.js';
import { ShowPipelineQuery } from '../../../application/event-pipelines/show-pipeline.query.js';
import { requestCaller } from '../access/request-caller.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { linkNext } from '../next-link.js';
import { answerRows, rowFormat } from '../rows-answer.js';
import {
  DEPLOY_EXAMPLE,
  LATE_ANSWER,
  PIPELINE_EXAMPLE,
  PIPELINES_EXAMPLE,
  REMOVED_EXAMPLE,
  WINDOWS_ANSWER,
} from './pipelines-examples.js';
import { DeployQuery, LateQuery, RemovePipelineQuery, WindowsQuery } from './pipelines.dto.js';
import { AggregationPath } from './window-changes.dto.js';

const READ_PROBLEMS = [
  'pipeline.unknown',
  'aggregation.unknown',
  'warehouse.unreachable',
  'warehouse.refused',
  'database.unreachable',
] as const;

@ApiTags('event-pipelines')
@Controller('pipelines')
export class PipelinesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'The domains that are deployed, by name' })
  @ApiOkResponse({ schema: { example: PIPELINES_EXAMPLE } })
  @ApiProblems('database.unreachable')
  list(): Promise<{ readonly pipelines: readonly PipelineSummary[] }> {
    return this.queries.execute(new ListPipelinesQuery());
  }

  @Get(':domain')
  @Scope('read')
  @ApiOperation({ summary: 'A deployed domain: how its events come in, and how far its aggregates are' })
  @ApiOkResponse({ schema: { example: PIPELINE_EXAMPLE } })
  @ApiProblems('pipeline.unknown', 'warehouse.unreachable', 'store.unreachable', 'database.unreachable')
  show(@Param('domain') domain: string): Promise<PipelineView> {
    return this.queries.execute(new ShowPipelineQuery(domain));
  }

  @Post(':domain/deploy')
  @HttpCode(200)
  @Scope('write')
  @ApiOperation({
    summary: 'Bring schemas, tables, connectors and aggregates to what the files of the domain say',
    description:
      'Safe to repeat, also after it was cut off. A changed aggregation is built beside the one that is read, counted ' +
      'again from the events while others go on coming in, and switched to at once.',
  })
  @ApiOkResponse({ schema: { example: DEPLOY_EXAMPLE } })
  @ApiProblems(
    'domain.unknown',
    'domain.invalid',
    'environment.unknown',
    'secret.missing',
    'schema.incompatible',
    'aggregation.invalid',
    'pipeline.busy',
    'table.exists',
    'table.unsuitable',
    'stream.unreachable',
    'registry.unreachable',
    'store.unreachable',
    'warehouse.unreachable',
    'warehouse.refused',
    'database.unreachable',
  )
  deploy(
    @Param('domain') domain: string,
    @Query() { environment, dry_run }: DeployQuery,
    @Req() request: FastifyRequest,
  ): Promise<DeployReceipt> {
    const options = { environment, dryRun: dry_run === 'true', caller: requestCaller(request).name };
    return this.commands.execute(new DeployPipelineCommand(domain, options));
  }

  @Delete(':domain')
  @Scope('write')
  @ApiOperation({ summary: 'Remove the connectors and aggregates of a domain; its events stay unless asked otherwise' })
  @ApiOkResponse({ schema: { example: REMOVED_EXAMPLE } })
  @ApiProblems(
    'pipeline.unknown',
    'pipeline.busy',
    'connector.conflict',
    'store.unreachable',
    'warehouse.unreachable',
    'database.unreachable',
  )
  remove(@Param('domain') domain: string, @Query() { events }: RemovePipelineQuery): Promise<RemoveReceipt> {
    return this.commands.execute(new RemovePipelineCommand(domain, { events: events === 'true' }));
  }

  @Get(':domain/aggregations/:name')
  @Scope('read')
  @ApiOperation({ summary: 'The windows of an aggregation as they are now, in order of start and group' })
  @ApiOkResponse(WINDOWS_ANSWER)
  @ApiProblems(...READ_PROBLEMS, 'cursor.invalid')
  async windows(
    @Param() { domain, name }: AggregationPath,
    @Query() query: WindowsQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = rowFormat(request.headers.accept);
    const all = format !== 'json' && query.limit === undefined;
    const list = await this.queries.execute(new ListWindowsQuery(domain, name, { ...wantedOf(query), all }));
    linkNext(reply, request, list.next);
    await answerRows(reply, { format, columns: list.columns, rows: list.rows, name: `${domain}_${name}` });
  }

  @Get(':domain/aggregations/:name/late')
  @Scope('read')
  @ApiOperation({ summary: 'Events that came too late, with the windows they were too late for; the latest first' })
  @ApiOkResponse(LATE_ANSWER)
  @ApiProblems(...READ_PROBLEMS)
  async late(
    @Param() { domain, name }: AggregationPath,
    @Query() { limit }: LateQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const events = await this.queries.execute(new ListLateEventsQuery(domain, name, limit));
    const format = rowFormat(request.headers.accept);
    await answerRows(reply, { format, columns: LATE_COLUMNS, rows: each(events), name: `${domain}_${name}_late` });
  }
}

function wantedOf({ from, to, group, limit, cursor }: WindowsQuery) {
  const groups = group?.map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)] as const);
  return {
    ...(from !== undefined && { fromMs: Date.parse(from) }),
    ...(to !== undefined && { toMs: Date.parse(to) }),
    ...(groups !== undefined && { group: Object.fromEntries(groups) }),
    ...(limit !== undefined && { limit }),
    ...(cursor !== undefined && { cursor }),
  };
}

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}
