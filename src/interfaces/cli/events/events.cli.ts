import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { GenerateEventsCli } from './generate-events.cli.js';
import { ProduceEventsCli } from './produce-events.cli.js';

@Command({
  name: 'events',
  description: 'Make synthetic events of a domain, and publish events',
  subCommands: [GenerateEventsCli, ProduceEventsCli],
})
export class EventsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
