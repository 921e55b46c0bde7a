import { IsBoolean } from 'class-validator';
import { Env } from './env.js';

/** The service's own objects in PostgreSQL and ClickHouse. */
export class MigrationSettings {
  /** Apply pending migrations when the service starts; off where a deployment runs `penstock migrate up` itself. */
  @Env('MIGRATE_ON_START')
  @IsBoolean()
  readonly onStart: boolean = true;
}
