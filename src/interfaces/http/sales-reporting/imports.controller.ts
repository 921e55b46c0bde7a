import { Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CancelImportCommand } from '../../../application/sales-reporting/import-jobs/cancel-import.command.js';
import { FollowImportQuery } from '../../../application/sales-reporting/import-jobs/follow-import.query.js';
import type { ImportJobView } from '../../../application/sales-reporting/import-jobs/import-job-view.js';
import { ListImportJobsQuery } from '../../../application/sales-reporting/import-jobs/list-import-jobs.query.js';
import { RequestImportCommand } from '../../../application/sales-reporting/import-jobs/request-import.command.js';
import type { ImportView } from '../../../application/sales-reporting/imports/import-view.js';
import {
  IMPORT_ERROR_COLUMNS,
  type ImportErrorList,
  ListImportErrorsQuery,
} from '../../../application/sales-reporting/imports/list-import-errors.query.js';
import { type ImportList, ListImportsQuery } from '../../../application/sales-reporting/imports/list-imports.query.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { answerRows, rowFormat } from '../rows-answer.js';
import { StreamedBody } from '../streamed-body.js';
import { askerOf, readImportRequest } from './import-request.js';
import { IMPORT_ERROR_EXAMPLE, IMPORT_EXAMPLE, IMPORT_JOB_EXAMPLE } from './imports-examples.js';
import { ImportBody, ImportErrorsQuery, ImportsQuery } from './imports.dto.js';

@ApiTags('sales-reporting')
@Controller('imports')
export class ImportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @HttpCode(202)
  @Scope('load')
  @StreamedBody()
  @ApiConsumes('multipart/form-data', 'text/csv', 'application/json')
  @ApiBody({
    type: ImportBody,
    description: 'A form (its fields in front of the file), CSV, or JSON with the key of an object',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same request with the same key is one import',
  })
  @ApiOperation({
    summary: 'Import a file of CSV, or an object of the bucket; it goes on by itself and is found under its id',
  })
  @ApiAcceptedResponse({ schema: { example: IMPORT_JOB_EXAMPLE } })
  @ApiProblems(
    'schema.invalid',
    'object.unknown',
    'idempotency-key.reused',
    'key.invalid',
    'bucket.unreachable',
    'database.unreachable',
  )
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ImportJobView> {
    const asker = askerOf(request);
    const { draft, file } = await readImportRequest(request);
    const view = await this.commands.execute(new RequestImportCommand(draft, file, asker));
    reply.header('location', `/imports/${view.id}`).header('retry-after', LOOK_AFTER_SECONDS);
    return view;
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Scope('load')
  @ApiOperation({ summary: 'End an import that waits or runs: nothing of it stays' })
  @ApiOkResponse({ schema: { example: { ...IMPORT_JOB_EXAMPLE, state: 'cancelled' } } })
  @ApiProblems('import.unknown', 'database.unreachable')
  cancel(@Param('id') id: string): Promise<ImportJobView> {
    return this.commands.execute(new CancelImportCommand(id));
  }

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'Imports that ended, newest first; on the first page also those that wait or run' })
  @ApiOkResponse({ schema: { example: { unfinished: [IMPORT_JOB_EXAMPLE], imports: [IMPORT_EXAMPLE], next: 'MTc' } } })
  @ApiProblems('cursor.invalid', 'database.unreachable')
  async list(@Query() filter: ImportsQuery): Promise<ImportList & { unfinished?: readonly ImportJobView[] }> {
    const list = await this.queries.execute(new ListImportsQuery(filter));
    if (filter.cursor !== undefined) return list;
    return { unfinished: await this.queries.execute(new ListImportJobsQuery()), ...list };
  }

  @Get(':id')
  @Scope('read')
  @ApiOperation({ summary: 'What an import did, or how far it is' })
  @ApiOkResponse({
    content: {
      'application/json': { examples: { ended: { value: IMPORT_EXAMPLE }, running: { value: IMPORT_JOB_EXAMPLE } } },
    },
  })
  @ApiProblems('import.unknown', 'database.unreachable')
  show(@Param('id') id: string): Promise<ImportView | ImportJobView> {
    return this.queries.execute(new FollowImportQuery(id));
  }

  @Get(':id/errors')
  @Scope('read')
  @ApiOperation({
    summary:
      'Rows of an import that were bad, and why: a page as JSON, or all from the cursor on as NDJSON or CSV by Accept',
  })
  @ApiOkResponse({
    content: {
      'application/json': { schema: { example: { errors: [IMPORT_ERROR_EXAMPLE], next: 'MTc' } } },
      'application/x-ndjson': { schema: { type: 'string' } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  @ApiProblems('import.unknown', 'cursor.invalid', 'database.unreachable')
  async errors(
    @Param('id') id: string,
    @Query() page: ImportErrorsQuery,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = rowFormat(accept);
    const first = await this.queries.execute(new ListImportErrorsQuery(id, page));
    if (format === 'json') return void (await reply.send(first));
    await answerRows(reply, {
      format,
      columns: IMPORT_ERROR_COLUMNS,
      rows: this.allFrom(id, first, page),
      name: `import-${id}-errors`,
    });
  }

  /** Page by page, for as long as the client reads; with a limit that page alone. */
  private async *allFrom(
    id: string,
    first: ImportErrorList,
    { limit }: ImportErrorsQuery,
  ): AsyncGenerator<Readonly<Record<string, unknown>>> {
    for (let page = first; ;) {
      for (const error of page.errors) yield { ...error };
      if (page.next === undefined || limit !== undefined) return;
      page = await this.queries.execute(new ListImportErrorsQuery(id, { cursor: page.next, limit: STREAM_PAGE }));
    }
  }
}

/** When to look at an import that was just accepted. */
const LOOK_AFTER_SECONDS = '1';
/** Rows asked for at a time while all of them are answered. */
const STREAM_PAGE = 1000;
