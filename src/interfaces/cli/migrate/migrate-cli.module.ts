import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { MigrateModule } from '../../../application/migrate/migrate.module.js';
import { MigrateDownCli } from './migrate-down.cli.js';
import { MigrateUpCli } from './migrate-up.cli.js';
import { MigrateCli } from './migrate.cli.js';
import { MigrationStatusCli } from './migration-status.cli.js';

/** `penstock migrate up|down|status`; needs MigrationsModule beside it, which binds the port. */
@Module({
  imports: [CqrsModule, MigrateModule],
  providers: [MigrateCli, MigrateUpCli, MigrateDownCli, MigrationStatusCli],
})
export class MigrateCliModule {}
