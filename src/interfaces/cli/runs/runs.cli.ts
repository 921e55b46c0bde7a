import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { CancelRunCli } from './cancel-run.cli.js';
import { ListRunsCli } from './list-runs.cli.js';
import { ReadRunLogCli } from './read-run-log.cli.js';
import { ShowRunCli } from './show-run.cli.js';
import { StartRunCli } from './start-run.cli.js';

@Command({
  name: 'runs',
  description: 'Start workflows, and see how they go',
  subCommands: [StartRunCli, ListRunsCli, ShowRunCli, CancelRunCli, ReadRunLogCli],
})
export class RunsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
