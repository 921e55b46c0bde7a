import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CancelRunCommand } from '../../../application/workflow-gateway/cancel-run.command.js';
import { ListRunsQuery, type RunPage } from '../../../application/workflow-gateway/list-runs.query.js';
import { ShowRunQuery } from '../../../application/workflow-gateway/show-run.query.js';
import { StartWorkflowCommand } from '../../../application/workflow-gateway/start-workflow.command.js';
import type { RunView } from '../../../domain/workflow-gateway/run-view.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { preferenceOf } from '../prefer.js';
import { endedRun, starterOf } from './run-answer.js';
import { RUN_EXAMPLE, STARTED_EXAMPLE, SUCCESS_EXAMPLE } from './workflow-examples.js';
import { JobsFilter } from '../jobs-filter.dto.js';
import { StartBody } from './workflow-requests.dto.js';

/** When to look at a run that goes on. */
const LOOK_AFTER_SECONDS = '2';

@ApiTags('workflow-gateway')
@Controller()
export class WorkflowsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('start')
  @HttpCode(200)
  @Scope('write')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same request with the same key is one run' })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`respond-async`, or `wait=N` seconds; by default to the end',
  })
  @ApiOperation({ summary: 'Start a workflow, and answer how it ended; the run is recorded before it begins' })
  @ApiOkResponse({ schema: { example: SUCCESS_EXAMPLE } })
  @ApiAcceptedResponse({ description: 'It goes on under `Location`', schema: { example: STARTED_EXAMPLE } })
  @ApiProblems(
    'idempotency-key.reused',
    'workflow.refused',
    'workflow.failed',
    'workflow.timeout',
    'workflow.throttled',
    'workflow.unknown',
    'workflow.forbidden',
    'workflow.unreachable',
    'run.outcome-unknown',
    'run.cancelled',
    'job.abandoned',
    'database.unreachable',
  )
  async start(
    @Body() { prompt, source_tables, target_table }: StartBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readonly<Record<string, unknown>>> {
    const preference = preferenceOf(request.headers.prefer);
    const wanted = { prompt, ...(source_tables && { source_tables }), ...(target_table && { target_table }) };
    const run = await this.commands.execute(new StartWorkflowCommand(wanted, starterOf(request, reply, preference)));
    reply.header('location', `/runs/${run.run_id}`);
    const ended = endedRun(run);
    if (ended !== undefined) return ended;
    reply.status(202).header('retry-after', LOOK_AFTER_SECONDS);
    if (preference.respondAsync) reply.header('preference-applied', 'respond-async');
    return { status: run.state, run_id: run.run_id, message: 'The run goes on.' };
  }

  @Get('runs')
  @Scope('read')
  @ApiOperation({ summary: 'Runs, newest first' })
  @ApiOkResponse({ schema: { example: { runs: [RUN_EXAMPLE] } } })
  @ApiProblems('cursor.invalid', 'database.unreachable')
  list(@Query() filter: JobsFilter): Promise<RunPage> {
    return this.queries.execute(new ListRunsQuery(filter));
  }

  @Get('runs/:runId')
  @Scope('read')
  @ApiOperation({ summary: 'A run: where it is, and how it ended' })
  @ApiOkResponse({ schema: { example: RUN_EXAMPLE } })
  @ApiProblems('run.unknown', 'database.unreachable')
  show(@Param('runId') runId: string): Promise<RunView> {
    return this.queries.execute(new ShowRunQuery(runId));
  }

  @Post('runs/:runId/cancel')
  @HttpCode(202)
  @Scope('write')
  @ApiOperation({ summary: 'End a run; of one that has begun, only the waiting: its function goes on to its end' })
  @ApiAcceptedResponse({ schema: { example: { ...RUN_EXAMPLE, state: 'running', cancel_requested: true } } })
  @ApiProblems('run.unknown', 'database.unreachable')
  cancel(@Param('runId') runId: string): Promise<RunView> {
    return this.commands.execute(new CancelRunCommand(runId));
  }
}
