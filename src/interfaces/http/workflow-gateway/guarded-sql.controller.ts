import { Body, Controller, Get, Header, Headers, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { samplesText, schemasText, statementText } from '../../../application/workflow-gateway/answer-text.js';
import { DescribeTablesQuery } from '../../../application/workflow-gateway/describe-tables.query.js';
import { type AuditList, ListAuditQuery } from '../../../application/workflow-gateway/list-audit.query.js';
import { RunStatementCommand } from '../../../application/workflow-gateway/run-statement.command.js';
import { SampleTablesQuery } from '../../../application/workflow-gateway/sample-tables.query.js';
import { given } from '../../../domain/shared/given.js';
import { requestCaller } from '../access/request-caller.js';
import { Scope } from '../access/scope.js';
import { clientGone } from '../client-gone.js';
import { ApiProblems } from '../docs/api-problems.js';
import {
  AUDIT_EXAMPLE,
  EFFECT_EXAMPLE,
  ROWS_EXAMPLE,
  SAMPLES_EXAMPLE,
  SCHEMAS_EXAMPLE,
} from './guarded-sql-examples.js';
import { AuditQuery, EngineQuery, SampleBody, StatementBody, TablesBody } from './guarded-sql.dto.js';
import { isKnownVersion } from './known-version.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the warehouse holds, and statements of callers on it; answers are written as text where their values are. */
@ApiTags('workflow-gateway')
@Controller()
export class GuardedSqlController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('get/schemas')
  @HttpCode(200)
  @Scope('read')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Columns, keys and partitions of tables; unknown ones are listed' })
  @ApiHeader({ name: 'if-none-match', required: false, description: 'ETag of an answer to the same request' })
  @ApiOkResponse({ schema: { example: SCHEMAS_EXAMPLE }, headers: { etag: { schema: { type: 'string' } } } })
  @ApiResponse({ status: 304, description: 'Unchanged since the answer with this ETag; without a body' })
  @ApiProblems('table.unknown', 'query.busy', 'query.timeout', 'guard.missing', 'database.unreachable')
  async schemas(
    @Body() { table_names }: TablesBody,
    @Headers('if-none-match') known: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const query = new DescribeTablesQuery(table_names, requestCaller(request), clientGone(reply));
    const descriptions = await this.queries.execute(query);
    const etag = `"${descriptions.version}"`;
    void reply.headers({ etag, 'cache-control': 'private, no-cache' });
    if (!isKnownVersion(known, etag)) return schemasText(descriptions);
    void reply.status(304);
    return '';
  }

  @Post('get/data')
  @HttpCode(200)
  @Scope('read')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Some rows of each table, at random without sorting it; the same ones for the same seed' })
  @ApiOkResponse({ schema: { example: SAMPLES_EXAMPLE } })
  @ApiProblems('table.unknown', 'query.busy', 'query.failed', 'query.timeout', 'guard.missing', 'database.unreachable')
  async data(
    @Body() { table_names, ...sample }: SampleBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const query = new SampleTablesQuery(table_names, sample, requestCaller(request), clientGone(reply));
    return samplesText(await this.queries.execute(query));
  }

  @Post('execute/query')
  @HttpCode(200)
  @Scope('read', { or: 'write' })
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Run one statement within the guard: reading by default, changing rows with mode write' })
  @ApiOkResponse({
    content: { 'application/json': { examples: { read: { value: ROWS_EXAMPLE }, write: { value: EFFECT_EXAMPLE } } } },
  })
  @ApiProblems(
    'query.refused',
    'query.forbidden',
    'query.too-costly',
    'query.failed',
    'query.timeout',
    'query.busy',
    'query.cancelled',
    'cursor.invalid',
    'guard.missing',
    'audit.unwritten',
    'database.unreachable',
    'warehouse.unreachable',
  )
  async execute(
    @Body() body: StatementBody,
    @Query() { engine }: EngineQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const caller = requestCaller(request);
    const signal = clientGone(reply);
    const chosen = body.engine ?? engine;
    const asked = { caller, requestId: request.id, signal, ...(chosen !== undefined && { engine: chosen }) };
    const { query, mode, params, timeoutMs, maxRows, cursor, dryRun } = body;
    const statement = { query, ...given({ mode, params, timeoutMs, maxRows, cursor, dryRun }) };
    return statementText(await this.commands.execute(new RunStatementCommand({ ...asked, ...statement })));
  }

  @Get('audit')
  @Scope('admin')
  @ApiOperation({ summary: 'Who ran which statement, and how it ended, newest first; refused attempts too' })
  @ApiOkResponse({ schema: { example: AUDIT_EXAMPLE } })
  @ApiProblems('cursor.invalid', 'database.unreachable')
  audit(@Query() { from, to, ...filter }: AuditQuery): Promise<AuditList> {
    const times = {
      ...(from !== undefined && { fromMs: Date.parse(from) }),
      ...(to !== undefined && { toMs: Date.parse(to) }),
    };
    return this.queries.execute(new ListAuditQuery({ ...filter, ...times }));
  }
}
