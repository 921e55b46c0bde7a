import { Body, Controller, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CheckSinkCommand, type SinkHealth } from '../../../application/event-pipelines/sinks/check-sink.command.js';
import { CreateSinkTableCommand } from '../../../application/event-pipelines/sinks/create-sink-table.command.js';
import { WriteSinkBatchCommand } from '../../../application/event-pipelines/sinks/write-sink-batch.command.js';
import { type Fault, PenstockError } from '../../../domain/errors.js';
import { Scope } from '../access/scope.js';
import { ApiProblems } from '../docs/api-problems.js';
import { SinkBatchBody, SinkHealthQuery, SinkPath, SinkTableBody, SinkTablePath } from './sinks.dto.js';

@ApiTags('event-pipelines')
@Controller('sinks')
export class SinksController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':engine/tables/:table')
  @Scope('write')
  @ApiOperation({ summary: 'Make a table for batches; one that is there with the same columns is right' })
  @ApiOkResponse({ schema: { example: { table: 'events_per_minute' } } })
  @ApiProblems('schema.invalid', 'identifier.invalid', 'table.exists', 'database.unknown', 'database.unreachable')
  async create(
    @Param() { engine, table }: SinkTablePath,
    @Body() { columns, order_by, primary_key }: SinkTableBody,
  ): Promise<{ table: string }> {
    const schema = {
      columns,
      ...(order_by !== undefined && { orderBy: order_by }),
      ...(primary_key !== undefined && { primaryKey: keyOf(primary_key) }),
    };
    await this.commands.execute(new CreateSinkTableCommand(engine, table, schema));
    return { table };
  }

  @Post(':engine/tables/:table/batches')
  @HttpCode(200)
  @Scope('load')
  @ApiOperation({ summary: 'Write a batch of rows, once for each id' })
  @ApiOkResponse({ schema: { example: { rows: 1 } } })
  @ApiProblems(
    'table.unknown',
    'rows.rejected',
    'idempotency-key.reused',
    'warehouse.unreachable',
    'database.unreachable',
  )
  async write(
    @Param() { engine, table }: SinkTablePath,
    @Body() { batch_id: batchId, rows, column_mapping }: SinkBatchBody,
  ): Promise<{ rows: number }> {
    const mapping = column_mapping === undefined ? {} : { columnMapping: mappingOf(column_mapping) };
    const batch = { batchId, table, ...mapping };
    return { rows: await this.commands.execute(new WriteSinkBatchCommand(engine, rows, batch)) };
  }

  @Post(':engine/health')
  @HttpCode(200)
  @Scope('write')
  @ApiOperation({
    summary: 'Check that an engine takes batches, and make the database or schema where it is not there',
  })
  @ApiOkResponse({ schema: { example: { healthy: true, created: false } } })
  @ApiProblems('warehouse.unreachable', 'warehouse.refused', 'database.unreachable', 'database.refused')
  check(@Param() { engine }: SinkPath, @Query() { namespace }: SinkHealthQuery): Promise<SinkHealth> {
    return this.commands.execute(new CheckSinkCommand(engine, namespace));
  }
}

function keyOf(given: unknown): readonly string[] {
  const names: unknown[] = Array.isArray(given) ? given : [given];
  return names.map((name) => (typeof name === 'string' ? name : refuse('primary_key', 'names columns')));
}

function mappingOf(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(given).map(([field, column]) => [
    field,
    typeof column === 'string' ? column : refuse(`column_mapping.${field}`, 'must be the name of a column'),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function refuse(path: string, message: string): never {
  const faults: Fault[] = [{ path, message }];
  throw new PenstockError('request.invalid', 'The body is not as it should be.', { faults });
}
