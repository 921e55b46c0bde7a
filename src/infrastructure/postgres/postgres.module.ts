import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DeadLetters } from '../../domain/ports/dead-letters.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { JobQueue } from '../../domain/ports/job-queue.port.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { SecretStore } from '../../domain/ports/secret-store.port.js';
import { bind } from '../bind.js';
import { PostgresSettings } from '../config/postgres.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { SecretsManagerModule } from '../secrets-manager/secrets-manager.module.js';
import { postgresAddress } from './configured-address.js';
import { PostgresDeadLetters } from './postgres-dead-letters.js';
import { PostgresJobQueue } from './postgres-job-queue.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresPool } from './postgres-pool.js';

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
  ],
  exports: [PostgresPool, DeadLetters, Jobs, JobQueue],
})
export class PostgresModule implements OnApplicationShutdown {
  constructor(@Inject(PostgresPool) private readonly pool: PostgresPool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}
