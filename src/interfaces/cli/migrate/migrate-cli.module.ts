import { Module } from '@nestjs/common';
import { MigrateDownCli } from './migrate-down.cli.js';
import { MigrateUpCli } from './migrate-up.cli.js';
import { MigrateCli } from './migrate.cli.js';
import { MigrationStatusCli } from './migration-status.cli.js';

/** `penstock migrate up|down|status`. */
@Module({
  providers: [MigrateCli, MigrateUpCli, MigrateDownCli, MigrationStatusCli],
})
export class MigrateCliModule {}
