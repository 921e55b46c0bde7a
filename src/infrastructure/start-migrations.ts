import { PenstockError } from '../domain/errors.js';
import type { Clock } from '../domain/ports/clock.port.js';
import type { HealthProbes } from '../domain/ports/health-probe.port.js';
import type { Log } from '../domain/ports/log.port.js';
import type { MigrationSets } from '../domain/ports/migrations.port.js';

export interface StartMigrationsPorts {
  readonly migrations: MigrationSets;
  readonly probes: HealthProbes;
  readonly clock: Clock;
  readonly log: Log;
}

const PROBE = 'migrations';
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Brings the service's own objects up to date while it starts. The service does not wait for it: it listens, says that it
 * is not ready, and tries until the engines are there. A migration that fails is tried again as well, since another
 * release may mend it; readiness says what is wrong.
 */
export class StartMigrations {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private waitsFor: PenstockError | undefined = new PenstockError('migration.incomplete', 'Migrations are under way.');

  constructor(private readonly ports: StartMigrationsPorts) {}

  onApplicationBootstrap(): void {
    this.ports.probes.register({
      name: PROBE,
      check: () => (this.waitsFor === undefined ? Promise.resolve() : Promise.reject(this.waitsFor)),
    });
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !this.stopping.signal.aborted;
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    ) {
      try {
        await this.up();
        this.waitsFor = undefined;
        return;
      } catch (cause) {
        this.note(cause);
      }
      await this.ports.clock.sleep(pauseMs, this.stopping.signal);
    }
  }

  private async up(): Promise<void> {
    for (const set of this.ports.migrations.of()) {
      for (const migration of await set.up()) this.ports.log.info('Migrated', { engine: set.engine, migration });
    }
  }

  private note(cause: unknown): void {
    const failure =
      cause instanceof PenstockError ? cause : new PenstockError('migration.failed', 'Migrations failed.', { cause });
    if (failure.message !== this.waitsFor?.message) this.ports.log.error('Migrations wait', failure);
    this.waitsFor = failure;
  }
}
