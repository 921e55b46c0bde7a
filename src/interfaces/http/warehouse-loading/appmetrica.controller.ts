import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CancelExportCommand } from '../../../application/warehouse-loading/appmetrica/cancel-export.command.js';
import {
  type ExportPage,
  ListExportsQuery,
} from '../../../application/warehouse-loading/appmetrica/list-exports.query.js';
import {
  type AppmetricaPing,
  PingAppmetricaQuery,
} from '../../../application/warehouse-loading/appmetrica/ping-appmetrica.query.js';
import { RemoveExportCommand } from '../../../application/warehouse-loading/appmetrica/remove-export.command.js';
import {
  type Asker,
  RequestExportCommand,
} from '../../../application/warehouse-loading/appmetrica/request-export.command.js';
import { ShowExportQuery } from '../../../application/warehouse-loading/appmetrica/show-export.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { mayUse } from '../../../domain/shared/scope.js';
import type { ExportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import {
  ACCEPTED_EXPORT_EXAMPLE,
  EXPORT_EXAMPLE,
  PING_EXAMPLE,
  RUNNING_EXPORT_EXAMPLE,
} from './appmetrica-examples.js';
import { JobsFilter } from '../jobs-filter.dto.js';
import { draftOf, ExportBody } from './appmetrica-requests.dto.js';
import { clientGone } from '../client-gone.js';
import { idempotencyKeyOf } from '../idempotency-key.js';

/** When to look at an export that was just accepted. */
const LOOK_AFTER_SECONDS = '5';

/** Exports from AppMetrica: asked for, looked after, done away with. Their contents stand apart. */
@ApiTags('warehouse-loading')
@Controller('appmetrica')
export class AppmetricaController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('ping')
  @Scope('read')
  @ApiOperation({ summary: 'Whether AppMetrica answers, and lets the service see its application' })
  @ApiOkResponse({ schema: { example: PING_EXAMPLE } })
  @ApiProblems(
    'vendor.unconfigured',
    'vendor.refused',
    'vendor.rejected',
    'vendor.throttled',
    'vendor.unreachable',
    'vendor.broken',
  )
  ping(@Res({ passthrough: true }) reply: FastifyReply): Promise<AppmetricaPing> {
    return this.queries.execute(new PingAppmetricaQuery(clientGone(reply)));
  }

  @Post('exports')
  @HttpCode(202)
  @Scope('load')
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same request with the same key is one export',
  })
  @ApiOperation({ summary: 'Ask for an export; it goes on by itself and is found under its id' })
  @ApiAcceptedResponse({ schema: { example: ACCEPTED_EXPORT_EXAMPLE } })
  @ApiProblems('idempotency-key.reused', 'vendor.unconfigured', 'key.invalid', 'database.unreachable')
  async create(
    @Body() body: ExportBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ExportView> {
    const asker = askerOf(request);
    if (body.overwrite === true) requireWrite(request);
    const view = await this.commands.execute(new RequestExportCommand(draftOf(body), asker));
    reply.header('location', `/appmetrica/exports/${view.id}`).header('retry-after', LOOK_AFTER_SECONDS);
    return view;
  }

  @Get('exports')
  @Scope('read')
  @ApiOperation({ summary: 'Exports, newest first' })
  @ApiOkResponse({ schema: { example: { exports: [EXPORT_EXAMPLE] } } })
  @ApiProblems('cursor.invalid', 'database.unreachable')
  list(@Query() filter: JobsFilter): Promise<ExportPage> {
    return this.queries.execute(new ListExportsQuery(filter));
  }

  @Get('exports/:id')
  @Scope('read')
  @ApiOperation({ summary: 'State, progress in percent, parts, rows and bytes of an export, or why it failed' })
  @ApiOkResponse({ schema: { example: RUNNING_EXPORT_EXAMPLE } })
  @ApiProblems('export.unknown', 'database.unreachable')
  show(@Param('id') id: string): Promise<ExportView> {
    return this.queries.execute(new ShowExportQuery(id));
  }

  @Post('exports/:id/cancel')
  @HttpCode(202)
  @Scope('load')
  @ApiOperation({ summary: 'End an export; a running one ends a little later, a finished one stays as it is' })
  @ApiAcceptedResponse({ schema: { example: { ...RUNNING_EXPORT_EXAMPLE, cancel_requested: true } } })
  @ApiProblems('export.unknown', 'database.unreachable')
  cancel(@Param('id') id: string): Promise<ExportView> {
    return this.commands.execute(new CancelExportCommand(id));
  }

  @Delete('exports/:id')
  @HttpCode(204)
  @Scope('write')
  @ApiOperation({
    summary: 'Forget a finished export and its content; one that is not finished is cancelled instead (202)',
  })
  @ApiNoContentResponse({ description: 'It is forgotten' })
  @ApiAcceptedResponse({
    description: 'It runs, and was told to end; delete it once it has',
    schema: { example: { ...RUNNING_EXPORT_EXAMPLE, cancel_requested: true } },
  })
  @ApiProblems('export.unknown', 'database.unreachable')
  async remove(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ExportView | undefined> {
    const ending = await this.commands.execute(new RemoveExportCommand(id));
    if (ending !== undefined) reply.status(202);
    return ending;
  }
}

/** Keys of different callers are different. */
function askerOf(request: FastifyRequest): Asker {
  const { caller } = request;
  const idempotencyKey = idempotencyKeyOf(request);
  const name = caller === undefined || caller instanceof PenstockError ? '' : caller.name;
  return { caller: name, ...(idempotencyKey !== undefined && { idempotencyKey }) };
}

function requireWrite({ caller }: FastifyRequest): void {
  if (caller !== undefined && !(caller instanceof PenstockError) && mayUse(caller, 'write')) return;
  throw new PenstockError('scope.missing', 'To overwrite an object, the key needs the scope write.');
}
