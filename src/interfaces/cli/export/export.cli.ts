import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { ExportAmplitudeCli } from './export-amplitude.cli.js';
import { ExportAppmetricaCli } from './export-appmetrica.cli.js';

@Command({
  name: 'export',
  description: 'Export events of vendors',
  subCommands: [ExportAmplitudeCli, ExportAppmetricaCli],
})
export class ExportCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
