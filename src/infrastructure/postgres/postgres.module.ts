import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AlertRecords } from '../../domain/ports/alert-records.port.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { DeadLetters } from '../../domain/ports/dead-letters.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { JobQueue } from '../../domain/ports/job-queue.port.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { SecretStore } from '../../domain/ports/secret-store.port.js';
import { WarehouseImports } from '../../domain/ports/warehouse-imports.port.js';
import { WarehouseScripts } from '../../domain/ports/warehouse-scripts.port.js';
import { WindowFollows } from '../../domain/ports/window-follows.port.js';
import { bind } from '../bind.js';
import { MigrationSettings } from '../config/migration.settings.js';
import { PostgresSettings } from '../config/postgres.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { SecretsManagerModule } from '../secrets-manager/secrets-manager.module.js';
import { postgresAddress } from './configured-address.js';
import { ImportCompletion } from './import-completion.js';
import { migrateOwnTables } from './migrate-own-tables.js';
import { PostgresDeadLetters } from './postgres-dead-letters.js';
import { PostgresDeployments } from './postgres-deployments.js';
import { PostgresJobQueue } from './postgres-job-queue.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresOwnTables } from './postgres-own-tables.js';
import { PostgresPool } from './postgres-pool.js';
import { PostgresWarehouseImports } from './postgres-warehouse-imports.js';
import { PostgresWarehouseScripts } from './postgres-warehouse-scripts.js';
import { SalesTotalsCompletion } from './sales/sales-totals-completion.js';
import { PostgresAlertRecords } from './sinks/postgres-alert-records.js';
import { PostgresWindowFollows } from './sinks/postgres-window-follows.js';

@Global()
@Module({
  imports: [SecretsManagerModule],
  providers: [
    bind(
      PostgresPool,
      [PostgresSettings, EmbeddedEngines, SecretStore, HealthProbes],
      (...[settings, engines, secrets, probes]) => {
        const pool = new PostgresPool(postgresAddress(settings, engines, secrets), settings);
        probes.register({ name: 'postgres', check: () => pool.check() });
        return pool;
      },
    ),
    bind(DeadLetters, [PostgresPool], (pool) => new PostgresDeadLetters(pool)),
    bind(Jobs, [PostgresPool], (pool) => new PostgresJobs(pool)),
    bind(JobQueue, [PostgresPool], (pool) => new PostgresJobQueue(pool)),
    bind(Deployments, [PostgresPool, PostgresSettings], (pool, settings) => new PostgresDeployments(pool, settings)),
    bind(
      PostgresOwnTables,
      [PostgresPool, PostgresSettings, EmbeddedEngines, SecretStore, MigrationSettings],
      (pool, ...[settings, engines, secrets, { onStart }]) => {
        const migrate = () => migrateOwnTables(postgresAddress(settings, engines, secrets));
        return new PostgresOwnTables(pool, onStart ? migrate : undefined);
      },
    ),
    bind(ImportCompletion, [PostgresPool], (pool) => new SalesTotalsCompletion(pool)),
    bind(
      WarehouseImports,
      [PostgresPool, PostgresOwnTables, ImportCompletion, Clock],
      (pool, ownTables, completion, clock) => new PostgresWarehouseImports({ pool, ownTables, completion, clock }),
    ),
    bind(WarehouseScripts, [PostgresPool], (pool) => new PostgresWarehouseScripts(pool)),
    bind(WindowFollows, [PostgresPool], (pool) => new PostgresWindowFollows(pool)),
    bind(AlertRecords, [PostgresPool], (pool) => new PostgresAlertRecords(pool)),
  ],
  exports: [
    PostgresPool,
    AlertRecords,
    DeadLetters,
    Deployments,
    Jobs,
    JobQueue,
    WarehouseImports,
    WarehouseScripts,
    WindowFollows,
  ],
})
export class PostgresModule implements OnApplicationShutdown {
  constructor(@Inject(PostgresPool) private readonly pool: PostgresPool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}
