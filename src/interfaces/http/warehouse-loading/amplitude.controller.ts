import { Controller, Get, Query, Res, type StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  DeliverAmplitudeExportCommand,
  type DeliveryReceipt,
} from '../../../application/warehouse-loading/deliver-amplitude-export.command.js';
import { ExportAmplitudeQuery } from '../../../application/warehouse-loading/export-amplitude.query.js';
import { Scope } from '../access/scope.js';
import { clientGone } from '../client-gone.js';
import { attachment } from '../content-disposition.js';
import { ApiProblems } from '../docs/api-problems.js';
import { streamedFile } from '../streamed-file.js';
import { DELIVERY_EXAMPLE } from './amplitude-examples.js';
import { AmplitudeExportQuery } from './amplitude-requests.dto.js';

@ApiTags('warehouse-loading')
@Controller('amplitude')
export class AmplitudeController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('export')
  @Scope('load')
  @ApiOperation({
    summary: 'Events of Amplitude as a zip of NDJSON by ISO week, or into the bucket or the seven tables',
    description:
      'The answer begins when every hour is there and checked. Hours that are there stay for some time, so that whoever ' +
      'asks again, after an error or a restart, only waits for those that are missing.',
  })
  @ApiResponse({
    status: 200,
    description: 'The archive; a receipt with `destination` or `load`',
    content: {
      'application/zip': { schema: { type: 'string', format: 'binary' } },
      'application/json': { schema: { example: DELIVERY_EXAMPLE } },
    },
  })
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
    'bucket.unknown',
    'bucket.forbidden',
    'bucket.unreachable',
    'database.unreachable',
  )
  async export(
    @Query() { start, end, source, destination, load }: AmplitudeExportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | DeliveryReceipt> {
    const request = { start, end, source };
    const options = { signal: clientGone(reply) };
    const to = { bucket: destination === 's3', tables: load === 'true' };
    reply.header('cache-control', 'private, no-store');
    if (to.bucket || to.tables) return this.commands.execute(new DeliverAmplitudeExportCommand(request, to, options));
    const { name, content } = await this.queries.execute(new ExportAmplitudeQuery(request, options));
    return streamedFile(reply, content, { type: 'application/zip', disposition: attachment(name) });
  }
}
