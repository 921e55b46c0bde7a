import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { PauseConnectorCommand } from '../../../application/stream-onboarding/pause-connector.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { connectorText } from './connector-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'pause', arguments: '<connector>', description: 'Stop copying for the time being' })
@SharedOptions(JSON_OPTION)
export class PauseConnectorCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const connector = await this.progress.during('Pausing', () => this.commands.execute(new PauseConnectorCommand(id)));
    answer(connector, connectorText(connector), json);
  }
}
