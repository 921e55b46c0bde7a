import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { RemoveConnectorCommand } from '../../../application/stream-onboarding/remove-connector.command.js';
import { answer } from '../answer.js';
import { confirm } from '../ask.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly dropTable?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

@SubCommand({
  name: 'remove',
  arguments: '<connector>',
  description: 'End copying for good; the table stays unless --drop-table is given, dead letters stay',
})
@SharedOptions(JSON_OPTION)
export class RemoveConnectorCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { dropTable = false, yes, json }: Options): Promise<void> {
    if (yes !== true) await confirm(`Remove ${id}${dropTable ? ' and drop its table' : ''}?`);
    await this.progress.during('Removing', () => this.commands.execute(new RemoveConnectorCommand(id, { dropTable })));
    answer({ removed: id, tableDropped: dropTable }, [`Removed ${id}.`], json);
  }

  @Option({ flags: '--drop-table', description: 'Drop the table as well' })
  parseDropTable(): boolean {
    return true;
  }

  @Option({ flags: '-y, --yes', description: 'Do not ask' })
  parseYes(): boolean {
    return true;
  }
}
