import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type MinuteRollup, WarehouseRollups } from '../../domain/ports/warehouse-rollups.port.js';

/** Have the warehouse count the rows of a table per minute, from its first row on. */
export class CountPerMinuteCommand extends Command<void> {
  constructor(readonly rollup: MinuteRollup) {
    super();
  }
}

@CommandHandler(CountPerMinuteCommand)
export class CountPerMinuteHandler implements ICommandHandler<CountPerMinuteCommand> {
  constructor(private readonly rollups: WarehouseRollups) {}

  execute({ rollup }: CountPerMinuteCommand): Promise<void> {
    return this.rollups.ensurePerMinute(rollup);
  }
}
