import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { ListStreamsCli } from './list-streams.cli.js';
import { OnboardStreamCli } from './onboard-stream.cli.js';
import { SampleStreamCli } from './sample-stream.cli.js';

@Command({
  name: 'streams',
  description: 'Look at streams, and onboard them into the warehouse',
  subCommands: [ListStreamsCli, SampleStreamCli, OnboardStreamCli],
})
export class StreamsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
