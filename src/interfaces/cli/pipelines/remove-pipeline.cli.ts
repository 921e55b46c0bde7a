import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { RemovePipelineCommand } from '../../../application/event-pipelines/remove-pipeline.command.js';
import { answer } from '../answer.js';
import { confirm } from '../ask.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly events?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

@SubCommand({
  name: 'remove',
  arguments: '<domain>',
  description: 'Remove the connectors and aggregates of a domain; its events stay unless --events is given',
})
@SharedOptions(JSON_OPTION)
export class RemovePipelineCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain = '']: string[], { events = false, yes, json }: Options): Promise<void> {
    if (yes !== true) await confirm(`Remove ${domain}${events ? ' and drop its events' : ''}?`);
    const receipt = await this.progress.during('Removing', () =>
      this.commands.execute(new RemovePipelineCommand(domain, { events })),
    );
    const dropped = receipt.tables.map((table) => `Dropped ${table}.`);
    answer(receipt, [`Removed ${domain}: ${receipt.connectors.length} connectors.`, ...dropped], json);
  }

  @Option({ flags: '--events', description: 'Drop the tables of events as well' })
  parseEvents(): boolean {
    return true;
  }

  @Option({ flags: '-y, --yes', description: 'Do not ask' })
  parseYes(): boolean {
    return true;
  }
}
