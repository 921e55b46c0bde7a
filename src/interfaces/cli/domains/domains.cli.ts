import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { ListDomainsCli } from './list-domains.cli.js';

@Command({
  name: 'domains',
  description: 'See the domains of events that are configured',
  subCommands: [ListDomainsCli],
})
export class DomainsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
