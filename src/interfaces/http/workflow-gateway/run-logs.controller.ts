import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppendRunLogCommand } from '../../../application/workflow-gateway/append-run-log.command.js';
import { ReadRunLogQuery } from '../../../application/workflow-gateway/read-run-log.query.js';
import {
  type StreamedEntry,
  type StreamRunLog,
  StreamRunLogQuery,
} from '../../../application/workflow-gateway/stream-run-log.query.js';
import { Scope } from '../access/scope.js';
import { clientGone } from '../client-gone.js';
import { ApiProblems } from '../docs/api-problems.js';
import { answerRows, rowFormat } from '../rows-answer.js';
import { answerEvents, EVENT_STREAM_TYPE, type ServerEvent } from '../event-stream.js';
import { AppendLogBody, RunLogFilter } from './run-logs.dto.js';

const COLUMNS = ['timestamp', 'type', 'title', 'description', 'metadata'];

const EXAMPLE = {
  status: 'success',
  run_id: '20250113_123456_abc12345',
  log_count: 1,
  logs: [
    {
      timestamp: '2025-01-13T12:34:56.000Z',
      type: 'progress',
      title: 'Target written',
      description: '42 rows',
      metadata: { rows: 42 },
    },
  ],
};

@ApiTags('workflow-gateway')
@Controller()
export class RunLogsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('get/logs/:runId')
  @Scope('read')
  @ApiOperation({
    summary: "A run's log: a page as JSON, all of it as NDJSON or CSV, and as server-sent events while it is written",
  })
  @ApiOkResponse({ schema: { example: EXAMPLE } })
  @ApiProblems('run.unknown', 'cursor.invalid', 'store.unreachable', 'database.unreachable')
  async read(
    @Param('runId') runId: string,
    @Query() { follow, ...filter }: RunLogFilter,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { accept = '', 'last-event-id': lastEvent } = request.headers;
    if (follow === 'true' || accept.includes(EVENT_STREAM_TYPE)) {
      const cursor = typeof lastEvent === 'string' ? lastEvent : filter.cursor;
      const how = { ...filter, ...(cursor !== undefined && { cursor }), signal: clientGone(reply) };
      await answerEvents(reply, events(await this.stream(runId, { ...how, follow: true })));
      return;
    }
    const format = rowFormat(accept);
    if (format === 'json') await reply.send(await this.queries.execute(new ReadRunLogQuery(runId, filter)));
    else
      await answerRows(reply, { format, columns: COLUMNS, name: runId, rows: rows(await this.stream(runId, filter)) });
  }

  @Post('runs/:runId/logs')
  @HttpCode(200)
  @Scope('write')
  @ApiOperation({ summary: "Write entries into a run's log; the same entry with the same time is kept once" })
  @ApiOkResponse({ schema: { example: { appended: 1 } } })
  @ApiProblems('log-entry.invalid', 'run-log.read-only', 'store.unreachable', 'database.unreachable')
  append(@Param('runId') runId: string, @Body() { entries }: AppendLogBody): Promise<{ appended: number }> {
    return this.commands.execute(new AppendRunLogCommand(runId, entries));
  }

  private stream(runId: string, how: StreamRunLog): Promise<AsyncIterable<StreamedEntry>> {
    return this.queries.execute(new StreamRunLogQuery(runId, how));
  }
}

async function* events(entries: AsyncIterable<StreamedEntry>): AsyncGenerator<ServerEvent> {
  for await (const { entry, cursor } of entries) {
    yield { event: 'log', data: entry, ...(cursor !== undefined && { id: cursor }) };
  }
  yield { event: 'end', data: {} };
}

async function* rows(entries: AsyncIterable<StreamedEntry>): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const { entry } of entries) yield { ...entry };
}
