import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { RegisterSchemasCommand } from '../../../application/event-pipelines/register-schemas.command.js';
import { answer } from '../answer.js';
import { ENVIRONMENT_OPTION } from '../environment-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly environment?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'register',
  arguments: '<domain>',
  description: 'Register the schemas, all of them unless one is incompatible; again, it finds them',
})
@SharedOptions(JSON_OPTION)
export class RegisterSchemasCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain = '']: string[], { environment, json }: Options): Promise<void> {
    const registered = await this.progress.during('Registering schemas', () =>
      this.commands.execute(new RegisterSchemasCommand(domain, environment)),
    );
    const rows = registered.schemas.map(({ event_type: event, subject, version, id }) => [event, subject, version, id]);
    answer(registered, textTable(['event type', 'subject', 'version', 'id'], rows), json);
  }

  @Option(ENVIRONMENT_OPTION)
  parseEnvironment(text: string): string {
    return text;
  }
}
