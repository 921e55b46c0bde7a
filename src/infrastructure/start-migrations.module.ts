import { Module } from '@nestjs/common';
import { Clock } from '../domain/ports/clock.port.js';
import { HealthProbes } from '../domain/ports/health-probe.port.js';
import { Log } from '../domain/ports/log.port.js';
import { MigrationSets } from '../domain/ports/migrations.port.js';
import { bind } from './bind.js';
import { MigrationSettings } from './config/migration.settings.js';
import { StartMigrations } from './start-migrations.js';

/** Where migrations are not to run at the start, nothing does. */
class NoStartMigrations {}

/** Migrates while the service starts, unless the settings leave it to the deployment. */
@Module({
  providers: [
    bind(
      NoStartMigrations,
      [MigrationSettings, MigrationSets, HealthProbes, Clock, Log],
      ({ onStart }, ...[migrations, probes, clock, log]) =>
        onStart ? new StartMigrations({ migrations, probes, clock, log }) : new NoStartMigrations(),
    ),
  ],
})
export class StartMigrationsModule {}
