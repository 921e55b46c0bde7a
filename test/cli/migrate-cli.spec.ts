import { Global, type INestApplicationContext, Module } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { ClickHouseClient } from '@clickhouse/client';
import { CommandFactory } from 'nest-commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { POSTGRES_MIGRATIONS } from '../../migrations/postgres/all.js';
import { MigrationSets } from '../../src/domain/ports/migrations.port.js';
import { ClickhouseMigrations } from '../../src/infrastructure/clickhouse/clickhouse-migrations.js';
import { PostgresMigrationLock } from '../../src/infrastructure/postgres/postgres-migration-lock.js';
import { PostgresMigrations } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { MigrateCliModule } from '../../src/interfaces/cli/migrate/migrate-cli.module.js';
import { migrateOnStart } from '../../src/interfaces/start/migrate-on-start.js';
import { type ScratchClickhouse, startScratchClickhouse } from '../support/scratch-clickhouse.js';
import { freePort, type ScratchPostgres, startScratchPostgres } from '../support/scratch-postgres.js';

interface Row {
  engine: string;
  name: string;
  state: string;
}

let postgres: ScratchPostgres;
let clickhouse: ScratchClickhouse;
let client: ClickHouseClient;
let postgresUrl: string;

@Global()
@Module({
  providers: [
    {
      provide: MigrationSets,
      useFactory: () => {
        const address = () => Promise.resolve({ url: postgresUrl });
        const lock = new PostgresMigrationLock(address);
        return new MigrationSets([
          new PostgresMigrations(address, lock, POSTGRES_MIGRATIONS),
          new ClickhouseMigrations(() => Promise.resolve(client), lock, { folder: 'migrations/clickhouse' }),
        ]);
      },
    },
  ],
  exports: [MigrationSets],
})
class Ports {}

@Module({ imports: [Ports, MigrateCliModule] })
class MigrateProgram {}

/** The command as a user types it, with what it wrote to stdout. */
async function penstock(...args: string[]): Promise<string> {
  const failures: Error[] = [];
  const app = await CommandFactory.createWithoutRunning(MigrateProgram, {
    logger: false,
    serviceErrorHandler: (error) => {
      failures.push(error);
    },
  });
  const written: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const argv = process.argv;
  process.argv = ['node', 'penstock', ...args];
  try {
    await CommandFactory.runApplication(app);
  } finally {
    process.argv = argv;
    stdout.mockRestore();
  }
  if (failures[0] !== undefined) throw failures[0];
  return written.join('');
}

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([startScratchPostgres(), startScratchClickhouse()]);
  postgresUrl = postgres.url;
  client = clickhouse.connect();
});
afterAll(async () => {
  await client.close();
  await Promise.all([postgres.stop(), clickhouse.stop()]);
});

describe('penstock migrate', () => {
  it('shows what is pending, applies it, and shows when', async () => {
    const pending = JSON.parse(await penstock('migrate', 'status', '--json')) as Row[];
    expect(new Set(pending.map(({ engine, state }) => `${engine} ${state}`))).toEqual(
      new Set(['postgres pending', 'clickhouse pending']),
    );
    const applied = JSON.parse(await penstock('migrate', 'up', '--json')) as Row[];
    expect(applied.map(({ name }) => name)).toEqual(pending.map(({ name }) => name));
    expect(await penstock('migrate', 'up')).toBe('Everything is up to date.\n');
    expect(await penstock('migrate', 'status', '--engine', 'clickhouse')).toMatch(
      /^clickhouse {2}applied {5}0001-penstock-database {2}\d{4}-\d\d-\d\dT/,
    );
  });

  it('undoes nothing without an engine, nor without a yes where nobody can be asked', async () => {
    await expect(penstock('migrate', 'down', '--yes')).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(penstock('migrate', 'down', '--engine', 'postgres')).rejects.toMatchObject({
      code: 'request.invalid',
    });
    await expect(penstock('migrate', 'up', '--engine', 'oracle')).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('undoes one step of the named engine', async () => {
    await penstock('migrate', 'up');
    const undone = JSON.parse(await penstock('migrate', 'down', '--engine', 'clickhouse', '--yes', '--json')) as Row;
    expect(undone).toEqual({ engine: 'clickhouse', name: '0001-penstock-database' });
    const statuses = JSON.parse(await penstock('migrate', 'status', '--json')) as Row[];
    expect(statuses.filter(({ state }) => state === 'pending')).toMatchObject([{ engine: 'clickhouse' }]);
  });
});

describe('migrateOnStart', () => {
  const started = async (work: (app: INestApplicationContext) => Promise<void>) => {
    const app = await CommandFactory.createWithoutRunning(MigrateProgram, { logger: false });
    await app.init();
    try {
      await work(app);
    } finally {
      await app.close();
    }
  };

  it('waits for an engine that does not answer yet, and then migrates', async () => {
    postgresUrl = `postgres://127.0.0.1:${await freePort()}/nowhere`;
    const reasons: string[] = [];
    await started(async (app) => {
      await migrateOnStart(app.get(CommandBus), new AbortController().signal, ({ code }) => {
        reasons.push(code);
        postgresUrl = postgres.url;
      });
    });
    expect(reasons).toEqual(['database.unreachable']);
    expect(await penstock('migrate', 'up')).toBe('Everything is up to date.\n');
  });

  it('stops waiting when the service stops', async () => {
    postgresUrl = `postgres://127.0.0.1:${await freePort()}/nowhere`;
    const stopping = new AbortController();
    await started(async (app) => {
      const waiting = migrateOnStart(app.get(CommandBus), stopping.signal, () => stopping.abort(new Error('stopping')));
      await expect(waiting).rejects.toThrow('stopping');
    });
    postgresUrl = postgres.url;
  });
});
