import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { ShowDomainConfigCli } from './show-domain-config.cli.js';

@Command({
  name: 'config',
  description: 'See the configuration of a domain, and where each value comes from',
  subCommands: [ShowDomainConfigCli],
})
export class ConfigCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
