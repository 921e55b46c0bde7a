import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DeadLetters, type DeadLetterSelection } from '../../domain/ports/dead-letters.port.js';
import { checkLetterIds } from '../../domain/stream-onboarding/letter-id.js';

/** Give up open dead letters of a connector: those with the ids, or all. They are kept, marked, until retention ends. */
export class DiscardDeadLettersCommand extends Command<{ discarded: number }> {
  constructor(readonly selection: DeadLetterSelection) {
    super();
  }
}

@CommandHandler(DiscardDeadLettersCommand)
export class DiscardDeadLettersHandler implements ICommandHandler<DiscardDeadLettersCommand> {
  constructor(private readonly deadLetters: DeadLetters) {}

  async execute({ selection }: DiscardDeadLettersCommand): Promise<{ discarded: number }> {
    checkLetterIds(selection.ids);
    return { discarded: await this.deadLetters.discard(selection) };
  }
}
