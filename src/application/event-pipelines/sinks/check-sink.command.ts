import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SinkEngine } from '../../../domain/event-pipelines/sink-schema.js';
import { WarehouseSinks } from '../../../domain/ports/warehouse-sink.port.js';

export interface SinkHealth {
  readonly healthy: true;
  /** The database, or schema, was made just now. */
  readonly created: boolean;
}

/** Whether an engine takes batches; makes the database (ClickHouse) or schema (PostgreSQL) of its tables where it is not there. */
export class CheckSinkCommand extends Command<SinkHealth> {
  constructor(
    readonly engine: SinkEngine,
    readonly namespace?: string,
  ) {
    super();
  }
}

@CommandHandler(CheckSinkCommand)
export class CheckSinkHandler implements ICommandHandler<CheckSinkCommand> {
  constructor(private readonly sinks: WarehouseSinks) {}

  async execute({ engine, namespace }: CheckSinkCommand): Promise<SinkHealth> {
    return { healthy: true, created: await this.sinks.of(engine).healthCheck(namespace) };
  }
}
