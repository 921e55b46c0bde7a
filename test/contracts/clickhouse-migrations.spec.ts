import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClickhouseMigrations } from '../../src/infrastructure/clickhouse/clickhouse-migrations.js';
import { PostgresMigrationLock } from '../../src/infrastructure/postgres/postgres-migration-lock.js';
import { type ScratchClickhouse, startScratchClickhouse } from '../support/scratch-clickhouse.js';
import { freePort, type ScratchPostgres, startScratchPostgres } from '../support/scratch-postgres.js';
import { migrationsContract, type MigrationsHarness, type TestMigration } from './migrations.contract.js';

const nameOf = (number: number) => `000${number}-test`;
const createTable = (table: string) =>
  `CREATE TABLE IF NOT EXISTS penstock.${table} (a Int32) ENGINE = MergeTree ORDER BY a`;
const dropTable = (table: string) => `DROP TABLE IF EXISTS penstock.${table}`;

const connectTo = (url: string) => createClient({ url, log: { level: ClickHouseLogLevel.OFF } });

/** ClickHouse for the tables, PostgreSQL for the lock. */
class Engines {
  readonly #folders: string[] = [];

  private constructor(
    readonly postgres: ScratchPostgres,
    readonly clickhouse: ScratchClickhouse,
    readonly client: ClickHouseClient,
  ) {}

  static async start(): Promise<Engines> {
    const [postgres, clickhouse] = await Promise.all([startScratchPostgres(), startScratchClickhouse()]);
    return new Engines(postgres, clickhouse, clickhouse.connect());
  }

  async open(migrations: readonly TestMigration[], client = this.client): Promise<ClickhouseMigrations> {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-migrations-'));
    this.#folders.push(folder);
    for (const { number, up, down } of migrations) {
      const text = [...up, '-- down:', ...down].map((line) => (line.startsWith('--') ? line : `${line};`)).join('\n');
      await writeFile(join(folder, `${nameOf(number)}.sql`), text);
    }
    return this.openFolder(folder, client);
  }

  openFolder(folder: string, client = this.client): ClickhouseMigrations {
    const lock = new PostgresMigrationLock(() => Promise.resolve({ url: this.postgres.url }));
    return new ClickhouseMigrations(() => Promise.resolve(client), lock, { folder });
  }

  async tables(): Promise<string[]> {
    const query = `SELECT name FROM system.tables WHERE database = 'penstock' ORDER BY name`;
    const rows = await (await this.client.query({ query, format: 'JSONEachRow' })).json<{ name: string }>();
    return rows.map(({ name }) => name);
  }

  async reset(): Promise<void> {
    await this.client.command({ query: 'DROP DATABASE IF EXISTS penstock SYNC' });
  }

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all([this.postgres.stop(), this.clickhouse.stop()]);
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

async function openHarness(): Promise<MigrationsHarness> {
  const engines = await Engines.start();
  return {
    open: (migrations) => engines.open(migrations),
    nameOf,
    createTable,
    dropTable,
    refused: 'ALTER TABLE penstock.nowhere ADD COLUMN IF NOT EXISTS b Int32',
    tables: async () => (await engines.tables()).filter((name) => name !== 'penstock_migration'),
    ledgerExists: async () => (await engines.tables()).includes('penstock_migration'),
    reset: () => engines.reset(),
    unreachable: async () => engines.open([], connectTo(`http://127.0.0.1:${await freePort()}`)),
    close: () => engines.close(),
  };
}

migrationsContract('ClickHouse', true, openHarness);

describe('ClickhouseMigrations', () => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  beforeEach(() => engines.reset());
  afterAll(() => engines.close());

  const add = (value: number) => `INSERT INTO penstock.log VALUES (${value})`;
  const values = async () => {
    const result = await engines.client.query({
      query: 'SELECT a FROM penstock.log ORDER BY a',
      format: 'JSONEachRow',
    });
    return (await result.json<{ a: number }>()).map(({ a }) => a);
  };

  it('applies and undoes every migration the product has', async () => {
    const migrations = engines.openFolder('migrations/clickhouse');
    const names = (await migrations.status()).map(({ name }) => name);
    expect(await migrations.up()).toEqual(names);
    for (const name of names.toReversed()) expect(await migrations.down()).toBe(name);
    expect(await migrations.up()).toEqual(names);
  });

  it('does not repeat the statements that had finished before one failed', async () => {
    const broken = { number: 1, up: [createTable('log'), add(1), 'SELEC 1', add(2)], down: [] };
    await expect((await engines.open([broken])).up()).rejects.toMatchObject({
      code: 'migration.incomplete',
      message: expect.stringContaining('statement 3 of 4'),
    });
    const mended = { ...broken, up: [createTable('log'), add(1), add(2)] };
    expect(await (await engines.open([mended])).up()).toEqual([nameOf(1)]);
    expect(await values()).toEqual([1, 2]);
  });

  it('does not let a finished statement of a half-applied migration be rewritten', async () => {
    const broken = { number: 1, up: [createTable('log'), add(1), 'SELEC 1'], down: [] };
    await expect((await engines.open([broken])).up()).rejects.toMatchObject({ code: 'migration.incomplete' });
    const rewritten = { ...broken, up: [createTable('log'), add(7), add(8)] };
    await expect((await engines.open([rewritten])).up()).rejects.toMatchObject({ code: 'migration.changed' });
    expect(await values()).toEqual([1]);
  });

  it('calls a migration incomplete whose process died in the middle of a statement, and repeats that statement', async () => {
    const mortal = engines.clickhouse.connect();
    const slow = { number: 1, up: [createTable('log'), 'SELECT sleep(3)', add(2)], down: [] };
    const dying = (await engines.open([slow], mortal)).up();
    const outcome = dying.catch((error: unknown) => error);
    const watcher = await engines.open([slow]);
    await expect.poll(async () => (await watcher.status())[0]?.statement).toBe(slow.up[1]);
    await mortal.close();
    expect(await outcome).toMatchObject({ code: 'warehouse.unreachable' });
    expect(await watcher.status()).toEqual([
      { engine: 'clickhouse', name: nameOf(1), state: 'incomplete', statement: slow.up[1] },
    ]);
    const mended = { ...slow, up: [createTable('log'), add(1), add(2)] };
    expect(await (await engines.open([mended])).up()).toEqual([nameOf(1)]);
    expect(await values()).toEqual([1, 2]);
  });

  it('backs out of a half-applied migration with down', async () => {
    const broken = { number: 1, up: [createTable('log'), 'SELEC 1'], down: [dropTable('log')] };
    const migrations = await engines.open([broken]);
    await expect(migrations.up()).rejects.toMatchObject({ code: 'migration.incomplete' });
    expect(await migrations.down()).toBe(nameOf(1));
    expect(await engines.tables()).toEqual(['penstock_migration']);
    expect((await migrations.status())[0]?.state).toBe('pending');
  });

  it('goes on with a half-undone migration, in either direction', async () => {
    const broken = { number: 1, up: [createTable('log'), add(1)], down: [dropTable('log'), 'SELEC 1'] };
    const migrations = await engines.open([broken]);
    await migrations.up();
    await expect(migrations.down()).rejects.toMatchObject({ code: 'migration.incomplete' });
    expect((await migrations.status())[0]).toMatchObject({ state: 'incomplete', statement: 'SELEC 1' });
    expect(await migrations.up()).toEqual([nameOf(1)]);
    expect(await values()).toEqual([1]);
  });

  it('refuses to undo what says nothing about how', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-migrations-'));
    await writeFile(join(folder, '0001-oneway.sql'), 'SELECT 1;\n');
    const migrations = engines.openFolder(folder);
    await migrations.up();
    await expect(migrations.down()).rejects.toMatchObject({ code: 'migration.failed' });
    await rm(folder, { recursive: true });
  });
});
