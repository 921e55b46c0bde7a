import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ResumeConnectorCommand } from '../../../application/stream-onboarding/resume-connector.command.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { connectorText } from './connector-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'resume', arguments: '<connector>', description: 'Go on copying from where it was paused' })
@SharedOptions(JSON_OPTION)
export class ResumeConnectorCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const connector = await this.progress.during('Resuming', () =>
      this.commands.execute(new ResumeConnectorCommand(id)),
    );
    answer(connector, connectorText(connector), json);
  }
}
