import { Module } from '@nestjs/common';
import { MigrateDownHandler } from './migrate-down.command.js';
import { MigrateUpHandler } from './migrate-up.command.js';
import { MigrationStatusHandler } from './migration-status.query.js';

@Module({ providers: [MigrateUpHandler, MigrateDownHandler, MigrationStatusHandler] })
export class MigrateModule {}
