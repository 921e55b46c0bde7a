import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { StopEnginesCommand } from '../../../application/engines/stop-engines.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'stop', description: 'Stop the embedded engines, whoever uses them' })
@SharedOptions(JSON_OPTION)
export class StopEnginesCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const result = await this.progress.during('Stopping the engines', () =>
      this.commands.execute(new StopEnginesCommand()),
    );
    answer(result, [result.stopped ? 'The embedded engines are stopped.' : 'No embedded engine ran.'], json);
  }
}
