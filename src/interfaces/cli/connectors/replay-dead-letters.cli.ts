import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ReplayDeadLettersCommand } from '../../../application/stream-onboarding/replay-dead-letters.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({
  name: 'replay',
  arguments: '<connector> [ids...]',
  description: 'Try to store dead letters again: those with the ids, or all open ones; each lands once',
})
@SharedOptions(JSON_OPTION)
export class ReplayDeadLettersCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([connectorId = '', ...ids]: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const selection = { connectorId, ...(ids.length > 0 && { ids }) };
    const receipt = await this.progress.during('Replaying', () =>
      this.commands.execute(new ReplayDeadLettersCommand(selection)),
    );
    const { replayed, stillFailing, remaining } = receipt;
    const lines = [`${replayed} replayed, ${stillFailing} still failing.`];
    answer(receipt, remaining ? [...lines, 'There are more: replay again.'] : lines, json);
  }
}
