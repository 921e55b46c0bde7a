import { Controller, Get, Headers, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { ExportContent } from '../../../application/warehouse-loading/appmetrica/export-content.js';
import { FetchExportQuery } from '../../../application/warehouse-loading/appmetrica/fetch-export.query.js';
import { ReadExportQuery } from '../../../application/warehouse-loading/appmetrica/read-export.query.js';
import { matchesWeakly, parseEntityTags } from '../../../domain/warehouse-loading/entity-tag.js';
import type { ExportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { Scope } from '../access/scope.js';
import { attachment } from '../content-disposition.js';
import { ApiProblems } from '../docs/api-problems.js';
import { RUNNING_EXPORT_EXAMPLE } from './appmetrica-examples.js';
import { FetchQuery } from './appmetrica-requests.dto.js';
import { clientGone } from '../client-gone.js';
import { streamedFile } from '../streamed-file.js';

const SECOND_MS = 1000;
const DEFAULT_LOOK_SECONDS = 5;

/** What an export can have failed with, and where its content may have gone. */
const CONTENT_PROBLEMS = [
  'export.unknown',
  'export.cancelled',
  'export.gone',
  'export.too-large',
  'export.no-space',
  'vendor.unconfigured',
  'vendor.refused',
  'vendor.rejected',
  'vendor.throttled',
  'vendor.unreachable',
  'vendor.broken',
  'vendor.timeout',
  'job.abandoned',
  'object.exists',
  'bucket.unreachable',
  'database.unreachable',
] as const;

@ApiTags('warehouse-loading')
@ApiHeader({ name: 'If-None-Match', required: false })
@ApiProduces('text/csv', 'application/json')
@ApiResponse({ status: 200, description: 'The content', schema: { type: 'string', format: 'binary' } })
@ApiResponse({ status: 304, description: 'If-None-Match still holds' })
@Controller('appmetrica')
export class AppmetricaContentController {
  constructor(private readonly queries: QueryBus) {}

  @Get('exports/:id/content')
  @Scope('read')
  @ApiOperation({ summary: 'The content of an export: all parts as one document' })
  @ApiProblems('export.unfinished', ...CONTENT_PROBLEMS)
  async content(
    @Param('id') id: string,
    @Headers('if-none-match') tags: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    return answerContent(reply, await this.queries.execute(new ReadExportQuery(id)), tags);
  }

  @Get('fetch-export')
  @Scope('read')
  @ApiOperation({
    summary: 'Wait until an export is over and answer its content; 202 when the time to wait was over first',
  })
  @ApiAcceptedResponse({ description: 'The export goes on; ask again', schema: { example: RUNNING_EXPORT_EXAMPLE } })
  @ApiProblems(...CONTENT_PROBLEMS)
  async fetch(
    @Query() { export_id, poll_interval, poll_timeout }: FetchQuery,
    @Headers('if-none-match') tags: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | ExportView | undefined> {
    const patience = {
      ...(poll_interval !== undefined && { pollMs: poll_interval * SECOND_MS }),
      ...(poll_timeout !== undefined && { timeoutMs: poll_timeout * SECOND_MS }),
      signal: clientGone(reply),
    };
    const fetched = await this.queries.execute(new FetchExportQuery(export_id, patience));
    if (fetched.kind === 'content') return answerContent(reply, fetched.content, tags);
    const again = Math.max(1, Math.ceil(poll_interval ?? DEFAULT_LOOK_SECONDS));
    reply.status(202).header('location', `/appmetrica/exports/${export_id}`).header('retry-after', String(again));
    return fetched.export;
  }
}

async function answerContent(
  reply: FastifyReply,
  content: ExportContent,
  tags: string | undefined,
): Promise<StreamableFile | undefined> {
  const etag = `"${content.sha256}"`;
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  if (tags !== undefined && matchesWeakly(parseEntityTags(tags), etag)) {
    reply.status(304);
    return undefined;
  }
  const bytes = await content.open();
  const { contentType: type, bytes: length, fileName } = content;
  return streamedFile(reply, bytes, { type, length, disposition: attachment(fileName) });
}
