import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { CancelRunCommand } from '../../../application/workflow-gateway/cancel-run.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { runText } from './run-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({
  name: 'cancel',
  arguments: '<run>',
  description: 'End a run; a function that has begun goes on to its end',
})
@SharedOptions(JSON_OPTION)
export class CancelRunCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const run = await this.progress.during('Cancelling', () => this.commands.execute(new CancelRunCommand(id)));
    answer(run, runText(run), json);
  }
}
