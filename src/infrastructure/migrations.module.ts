import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { POSTGRES_MIGRATIONS } from '../../migrations/postgres/all.js';
import { MigrationSets } from '../domain/ports/migrations.port.js';
import { SecretStore } from '../domain/ports/secret-store.port.js';
import { bind } from './bind.js';
import { ClickhouseConnection } from './clickhouse/clickhouse-connection.js';
import { ClickhouseMigrations } from './clickhouse/clickhouse-migrations.js';
import { ClickhouseModule } from './clickhouse/clickhouse.module.js';
import { ClickhouseSettings } from './config/clickhouse.settings.js';
import { packageRoot } from './config/package-root.js';
import { PostgresSettings } from './config/postgres.settings.js';
import { EmbeddedEngines } from './embedded/engines.js';
import { postgresAddress } from './postgres/configured-address.js';
import { PostgresMigrationLock } from './postgres/postgres-migration-lock.js';
import { PostgresMigrations } from './postgres/postgres-migrations.js';
import { SecretsManagerModule } from './secrets-manager/secrets-manager.module.js';

/** The migrations of both engines; those of ClickHouse take their lock in PostgreSQL. */
@Global()
@Module({
  imports: [ClickhouseModule, SecretsManagerModule],
  providers: [
    bind(
      MigrationSets,
      [PostgresSettings, ClickhouseSettings, ClickhouseConnection, EmbeddedEngines, SecretStore],
      (...[postgres, { cluster }, connection, engines, secrets]) => {
        const address = postgresAddress(postgres, engines, secrets);
        const lock = new PostgresMigrationLock(address);
        const folder = join(packageRoot(), 'migrations', 'clickhouse');
        return new MigrationSets([
          new PostgresMigrations(address, lock, POSTGRES_MIGRATIONS),
          new ClickhouseMigrations(() => connection.client(), lock, { folder, cluster }),
        ]);
      },
    ),
  ],
  exports: [MigrationSets],
})
export class MigrationsModule {}
