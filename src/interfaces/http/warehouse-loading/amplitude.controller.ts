import { Readable } from 'node:stream';
import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ExportAmplitudeQuery } from '../../../application/warehouse-loading/export-amplitude.query.js';
import { Scope } from '../access/scope.js';
import { clientLeft } from '../client-left.js';
import { ApiProblems } from '../docs/api-problems.js';
import { AmplitudeExportQuery } from './amplitude-requests.dto.js';

/** How long a client may take nothing of an answer. */
const MAX_SILENCE_MS = 120_000;
const PIECE_BYTES = 256 * 1024;

@ApiTags('warehouse-loading')
@Controller('amplitude')
export class AmplitudeController {
  constructor(private readonly queries: QueryBus) {}

  @Get('export')
  @Scope('load')
  @ApiOperation({ summary: 'Events of Amplitude as a zip of NDJSON by ISO week; it begins when every hour is there' })
  @ApiProduces('application/zip')
  @ApiResponse({ status: 200, description: 'The archive', schema: { type: 'string', format: 'binary' } })
  @ApiProblems(
    'vendor.unconfigured',
    'vendor.refused',
    'vendor.throttled',
    'vendor.unreachable',
    'vendor.timeout',
    'vendor.broken',
    'export.too-large',
    'export.no-space',
    'export.damaged',
  )
  async export(
    @Query() { start, end, source }: AmplitudeExportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const signal = clientLeft(reply);
    const { name, content } = await this.queries.execute(new ExportAmplitudeQuery({ start, end, source }, { signal }));
    reply.header('cache-control', 'private, no-store');
    reply.raw.setTimeout(MAX_SILENCE_MS); // nobody listens for it, so the connection ends
    const body = Readable.from(content, { objectMode: false, highWaterMark: PIECE_BYTES });
    return new StreamableFile(body, { type: 'application/zip', disposition: `attachment; filename="${name}"` });
  }
}
