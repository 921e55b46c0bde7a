import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EngineRoom } from '../../domain/ports/engine-room.port.js';

/** Stop the embedded engines, whoever uses them. */
export class StopEnginesCommand extends Command<{ stopped: boolean }> {}

@CommandHandler(StopEnginesCommand)
export class StopEnginesHandler implements ICommandHandler<StopEnginesCommand> {
  constructor(private readonly engines: EngineRoom) {}

  async execute(): Promise<{ stopped: boolean }> {
    return { stopped: await this.engines.stop() };
  }
}
