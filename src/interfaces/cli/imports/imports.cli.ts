import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { ListImportErrorsCli } from './list-import-errors.cli.js';
import { ListImportsCli } from './list-imports.cli.js';
import { ShowImportCli } from './show-import.cli.js';

@Command({
  name: 'imports',
  description: 'See which files were imported, and their bad rows',
  subCommands: [ListImportsCli, ShowImportCli, ListImportErrorsCli],
})
export class ImportsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
