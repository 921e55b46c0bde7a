import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_MIGRATIONS } from '../../migrations/postgres/all.js';
import type { PostgresMigration } from '../../src/infrastructure/postgres/checksummed-migration.js';
import { PostgresMigrationLock } from '../../src/infrastructure/postgres/postgres-migration-lock.js';
import { PostgresMigrations } from '../../src/infrastructure/postgres/postgres-migrations.js';
import { freePort, type ScratchPostgres, startScratchPostgres } from '../support/scratch-postgres.js';
import { migrationsContract, type MigrationsHarness, type TestMigration } from './migrations.contract.js';

const nameOf = (number: number) => `Test170000000000${number}`;

function classOf({ number, up, down }: TestMigration): PostgresMigration {
  return class implements MigrationInterface {
    readonly name = nameOf(number);
    async up(runner: QueryRunner): Promise<void> {
      for (const sql of up) await runner.query(sql);
    }
    async down(runner: QueryRunner): Promise<void> {
      for (const sql of down) await runner.query(sql);
    }
  };
}

function open(url: string, migrations: readonly PostgresMigration[]): PostgresMigrations {
  const address = () => Promise.resolve({ url });
  return new PostgresMigrations(address, new PostgresMigrationLock(address), migrations);
}

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<T>(sql);
  await client.end();
  return rows;
}

async function openHarness(): Promise<MigrationsHarness> {
  const server = await startScratchPostgres();
  const tables = async () => {
    const rows = await query<{ name: string }>(
      server.url,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'penstock' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  return {
    open: (migrations) => Promise.resolve(open(server.url, migrations.map(classOf))),
    nameOf,
    createTable: (table) => `CREATE TABLE penstock.${table} (a int)`,
    dropTable: (table) => `DROP TABLE penstock.${table}`,
    refused: 'ALTER TABLE penstock.nowhere ADD COLUMN b int',
    tables: async () => (await tables()).filter((name) => name !== 'penstock_migration'),
    ledgerExists: async () => (await tables()).includes('penstock_migration'),
    reset: async () => void (await query(server.url, 'DROP SCHEMA IF EXISTS penstock CASCADE')),
    unreachable: async () => open(`postgres://127.0.0.1:${await freePort()}/nowhere`, []),
    close: () => server.stop(),
  };
}

migrationsContract('PostgreSQL', false, openHarness);

describe('PostgresMigrations', () => {
  let server: ScratchPostgres;
  beforeAll(async () => {
    server = await startScratchPostgres();
  });
  afterAll(() => server.stop());

  it('applies and undoes every migration the product has', async () => {
    const migrations = open(server.url, POSTGRES_MIGRATIONS);
    expect(await migrations.up()).toHaveLength(POSTGRES_MIGRATIONS.length);
    for (const _ of POSTGRES_MIGRATIONS) expect(await migrations.down()).toBeDefined();
    expect(await migrations.down()).toBeUndefined();
    expect(await migrations.up()).toHaveLength(POSTGRES_MIGRATIONS.length);
  });

  it('is rolled back whole, and lets others go on, when its connection is cut halfway', async () => {
    const slow = { number: 5, up: ['CREATE TABLE penstock.cut (a int)', 'SELECT pg_sleep(60)'], down: [] };
    const dying = open(server.url, [...POSTGRES_MIGRATIONS, classOf(slow)]).up();
    const outcome = dying.catch((error: unknown) => error);
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`;
    await expect.poll(() => query(server.url, terminate)).toHaveLength(1);
    expect(await outcome).toMatchObject({ code: 'database.unreachable' });
    const quick = { ...slow, up: ['CREATE TABLE penstock.cut (a int)'] };
    expect(await open(server.url, [...POSTGRES_MIGRATIONS, classOf(quick)]).up()).toEqual([nameOf(5)]);
  });

  it('gives up waiting when somebody else holds the lock too long', async () => {
    const address = () => Promise.resolve({ url: server.url });
    const impatient = new PostgresMigrationLock(address, 50);
    await new PostgresMigrationLock(address).hold(async () => {
      const waiting = impatient.hold(() => Promise.resolve('in'));
      await expect(waiting).rejects.toMatchObject({ code: 'migration.failed' });
    });
    expect(await impatient.hold(() => Promise.resolve('in'))).toBe('in');
  });

  it('refuses a migration that is not raw SQL, because it could not tell when that changes', async () => {
    const structural = class implements MigrationInterface {
      readonly name = nameOf(6);
      async up(runner: QueryRunner): Promise<void> {
        await runner.dropTable('t');
      }
      down(): Promise<void> {
        return Promise.resolve();
      }
    };
    await expect(open(server.url, [structural]).up()).rejects.toThrow('raw SQL');
  });
});
