import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ImportView } from '../../../application/sales-reporting/imports/import-view.js';
import {
  IMPORT_ERROR_COLUMNS,
  type ImportErrorList,
  ListImportErrorsQuery,
} from '../../../application/sales-reporting/imports/list-import-errors.query.js';
import { type ImportList, ListImportsQuery } from '../../../application/sales-reporting/imports/list-imports.query.js';
import { ShowImportQuery } from '../../../application/sales-reporting/imports/show-import.query.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { answerRows, rowFormat } from '../rows-answer.js';
import { IMPORT_ERROR_EXAMPLE, IMPORT_EXAMPLE } from './imports-examples.js';
import { ImportErrorsQuery, ImportsQuery } from './imports.dto.js';

@ApiTags('sales-reporting')
@Controller('imports')
export class ImportsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'Imports that ended, newest first' })
  @ApiOkResponse({ schema: { example: { imports: [IMPORT_EXAMPLE], next: 'MTc' } } })
  @ApiProblems('cursor.invalid', 'database.unreachable')
  list(@Query() filter: ImportsQuery): Promise<ImportList> {
    return this.queries.execute(new ListImportsQuery(filter));
  }

  @Get(':id')
  @Scope('read')
  @ApiOperation({ summary: 'What an import did' })
  @ApiOkResponse({ schema: { example: IMPORT_EXAMPLE } })
  @ApiProblems('import.unknown', 'database.unreachable')
  show(@Param('id') id: string): Promise<ImportView> {
    return this.queries.execute(new ShowImportQuery(id));
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

/** Rows asked for at a time while all of them are answered. */
const STREAM_PAGE = 1000;
