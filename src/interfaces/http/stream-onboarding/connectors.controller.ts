import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DiscardDeadLettersCommand } from '../../../application/stream-onboarding/discard-dead-letters.command.js';
import {
  type ConnectorPage,
  ListConnectorsQuery,
} from '../../../application/stream-onboarding/list-connectors.query.js';
import {
  type DeadLetterList,
  ListDeadLettersQuery,
} from '../../../application/stream-onboarding/list-dead-letters.query.js';
import { PauseConnectorCommand } from '../../../application/stream-onboarding/pause-connector.command.js';
import { RemoveConnectorCommand } from '../../../application/stream-onboarding/remove-connector.command.js';
import {
  ReplayDeadLettersCommand,
  type ReplayReceipt,
} from '../../../application/stream-onboarding/replay-dead-letters.command.js';
import { ResumeConnectorCommand } from '../../../application/stream-onboarding/resume-connector.command.js';
import { ShowConnectorQuery } from '../../../application/stream-onboarding/show-connector.query.js';
import type { ConnectorView } from '../../../domain/stream-onboarding/connector-view.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { DeadLettersQuery, DiscardBody, PageQuery, RemoveQuery, ReplayBody } from './connector-requests.dto.js';
import { CONNECTOR_EXAMPLE, DEAD_LETTERS_EXAMPLE } from './onboarding-examples.js';

@ApiTags('stream-onboarding')
@Controller('api/connectors')
export class ConnectorsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({ summary: 'Connectors, oldest first, and how each is doing' })
  @ApiOkResponse({ schema: { example: { connectors: [CONNECTOR_EXAMPLE] } } })
  @ApiProblems('cursor.invalid', 'store.unreachable')
  list(@Query() paging: PageQuery): Promise<ConnectorPage> {
    return this.queries.execute(new ListConnectorsQuery(paging));
  }

  @Get(':id')
  @Scope('read')
  @ApiOperation({ summary: 'State, rows, bytes, lag per shard, last flush and why, dead letters' })
  @ApiOkResponse({ schema: { example: CONNECTOR_EXAMPLE } })
  @ApiProblems('connector.unknown', 'store.unreachable')
  show(@Param('id') id: string): Promise<ConnectorView> {
    return this.queries.execute(new ShowConnectorQuery(id));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @Scope('load')
  @ApiOperation({ summary: 'Stop copying for the time being' })
  @ApiOkResponse({ schema: { example: { ...CONNECTOR_EXAMPLE, state: 'paused' } } })
  @ApiProblems('connector.unknown', 'connector.conflict', 'store.unreachable')
  pause(@Param('id') id: string): Promise<ConnectorView> {
    return this.commands.execute(new PauseConnectorCommand(id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Scope('load')
  @ApiOperation({ summary: 'Go on copying from where it was paused' })
  @ApiOkResponse({ schema: { example: CONNECTOR_EXAMPLE } })
  @ApiProblems('connector.unknown', 'connector.conflict', 'store.unreachable')
  resume(@Param('id') id: string): Promise<ConnectorView> {
    return this.commands.execute(new ResumeConnectorCommand(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scope('write')
  @ApiOperation({ summary: 'End copying for good; the table stays unless asked otherwise, dead letters stay' })
  @ApiNoContentResponse()
  @ApiProblems('connector.unknown', 'connector.conflict', 'store.unreachable', 'warehouse.unreachable')
  remove(@Param('id') id: string, @Query() { dropTable }: RemoveQuery): Promise<void> {
    return this.commands.execute(new RemoveConnectorCommand(id, { dropTable: dropTable === 'true' }));
  }

  @Get(':id/dead-letters')
  @Scope('read')
  @ApiOperation({ summary: 'Records that could not be stored, with their bytes and the reason' })
  @ApiOkResponse({ schema: { example: DEAD_LETTERS_EXAMPLE } })
  @ApiProblems('connector.unknown', 'cursor.invalid', 'database.unreachable')
  deadLetters(@Param('id') id: string, @Query() filter: DeadLettersQuery): Promise<DeadLetterList> {
    return this.queries.execute(new ListDeadLettersQuery(id, filter));
  }

  @Post(':id/dead-letters/replay')
  @HttpCode(200)
  @Scope('load')
  @ApiOperation({ summary: 'Try to store dead letters again; each lands once, however often this is called' })
  @ApiOkResponse({ schema: { example: { replayed: 40, stillFailing: 2, remaining: false } } })
  @ApiProblems(
    'connector.unknown',
    'connector.conflict',
    'table.unknown',
    'database.unreachable',
    'warehouse.unreachable',
  )
  replay(@Param('id') connectorId: string, @Body() { ids }: ReplayBody): Promise<ReplayReceipt> {
    return this.commands.execute(new ReplayDeadLettersCommand({ connectorId, ...(ids && { ids }) }));
  }

  @Post(':id/dead-letters/discard')
  @HttpCode(200)
  @Scope('write')
  @ApiOperation({ summary: 'Give up open dead letters, by id or all' })
  @ApiOkResponse({ schema: { example: { discarded: 2 } } })
  @ApiProblems('database.unreachable')
  discard(@Param('id') connectorId: string, @Body() { ids }: DiscardBody): Promise<{ discarded: number }> {
    return this.commands.execute(new DiscardDeadLettersCommand({ connectorId, ...(ids && { ids }) }));
  }
}
