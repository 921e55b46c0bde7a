import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SinkEngine, SinkSchema } from '../../../domain/event-pipelines/sink-schema.js';
import { WarehouseSinks } from '../../../domain/ports/warehouse-sink.port.js';

/** Make a table of the described columns; one that is there already with the same columns is right. */
export class CreateSinkTableCommand extends Command<void> {
  constructor(
    readonly engine: SinkEngine,
    readonly table: string,
    readonly schema: SinkSchema,
  ) {
    super();
  }
}

@CommandHandler(CreateSinkTableCommand)
export class CreateSinkTableHandler implements ICommandHandler<CreateSinkTableCommand> {
  constructor(private readonly sinks: WarehouseSinks) {}

  execute({ engine, table, schema }: CreateSinkTableCommand): Promise<void> {
    return this.sinks.of(engine).createTable(table, schema);
  }
}
