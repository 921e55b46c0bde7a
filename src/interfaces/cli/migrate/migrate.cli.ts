import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { MigrateDownCli } from './migrate-down.cli.js';
import { MigrateUpCli } from './migrate-up.cli.js';
import { MigrationStatusCli } from './migration-status.cli.js';

@Command({
  name: 'migrate',
  description: "Bring the service's own objects in PostgreSQL and ClickHouse up to date, or see where they stand",
  subCommands: [MigrateUpCli, MigrateDownCli, MigrationStatusCli],
})
export class MigrateCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
