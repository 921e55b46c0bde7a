import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { DeployPipelineCommand } from '../../../application/event-pipelines/deploy-pipeline.command.js';
import { answer } from '../answer.js';
import { ENVIRONMENT_OPTION } from '../environment-option.js';
import { Progress } from '../progress.js';
import { deployText } from './pipeline-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly environment?: string;
  readonly dry_run?: boolean;
  readonly statements?: boolean;
  readonly json?: boolean;
}

@SubCommand({
  name: 'deploy',
  arguments: '<domain>',
  description: 'Bring schemas, tables, connectors and aggregates to what the files of a domain say; safe to repeat',
})
@SharedOptions(JSON_OPTION)
export class DeployPipelineCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain = '']: string[], options: Options): Promise<void> {
    const { environment, dry_run: dryRun = false, statements = false, json } = options;
    const command = new DeployPipelineCommand(domain, { environment, dryRun, caller: 'local' });
    const receipt = await this.progress.during(dryRun ? 'Planning' : 'Deploying', () => this.commands.execute(command));
    answer(receipt, deployText(receipt, statements), json);
  }

  @Option({ flags: '--dry_run', description: 'Only say what would be done (also --dry-run)' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({ flags: '--statements', description: 'Print the SQL of each step as well' })
  parseStatements(): boolean {
    return true;
  }

  @Option(ENVIRONMENT_OPTION)
  parseEnvironment(text: string): string {
    return text;
  }
}
