import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { DiscardDeadLettersCommand } from '../../../application/stream-onboarding/discard-dead-letters.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
}

@SubCommand({
  name: 'discard',
  arguments: '<connector> [ids...]',
  description: 'Give up open dead letters: those with the ids, or --all',
})
@SharedOptions(JSON_OPTION)
export class DiscardDeadLettersCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([connectorId = '', ...ids]: string[], { all = false, json }: Options): Promise<void> {
    if (all === ids.length > 0) this.command.error('error: name the ids, or say --all');
    const selection = all ? { connectorId } : { connectorId, ids };
    const result = await this.progress.during('Discarding', () =>
      this.commands.execute(new DiscardDeadLettersCommand(selection)),
    );
    answer(result, [`${result.discarded} discarded.`], json);
  }

  @Option({ flags: '--all', description: 'Every open one' })
  parseAll(): boolean {
    return true;
  }
}
