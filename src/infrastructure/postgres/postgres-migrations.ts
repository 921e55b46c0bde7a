import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { PenstockError } from '../../domain/errors.js';
import type { MigrationLock } from '../../domain/ports/migration-lock.port.js';
import type { Migrations, MigrationStatus } from '../../domain/ports/migrations.port.js';
import {
  CHECKSUM_SETTING,
  type ChecksummedMigration,
  checksummed,
  type PostgresMigration,
} from './checksummed-migration.js';
import { migrationFailure, withSession } from './migration-session.js';
import { type PostgresAddress, postgresUrl } from './postgres-address.js';

/** TypeORM's own columns and two more; a migration run without a checksum cannot be recorded, and so not be committed. */
const CREATE_LEDGER = `
  CREATE SCHEMA IF NOT EXISTS penstock;
  CREATE TABLE IF NOT EXISTS penstock.penstock_migration (
    id          serial PRIMARY KEY,
    "timestamp" bigint NOT NULL,
    name        varchar NOT NULL UNIQUE,
    checksum    text NOT NULL DEFAULT nullif(current_setting('${CHECKSUM_SETTING}', true), ''),
    applied_at  timestamptz NOT NULL DEFAULT now()
  )`;

interface LedgerRow {
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: Date;
}

/** TypeORM runs them, each in one transaction; the lock makes runs at the same time take turns, which TypeORM does not. */
export class PostgresMigrations implements Migrations {
  readonly engine = 'postgres';
  readonly #migrations: Promise<ChecksummedMigration[]>;

  constructor(
    private readonly address: PostgresAddress,
    private readonly lock: MigrationLock,
    migrations: readonly PostgresMigration[],
  ) {
    this.#migrations = Promise.all(migrations.map(checksummed));
    this.#migrations.catch(() => undefined); // reported by the first call that needs it
  }

  async status(): Promise<MigrationStatus[]> {
    const known = await this.#migrations;
    const rows = await withSession(this.address, readLedger);
    const recorded = new Map(rows.map((row) => [row.name, row]));
    const names = new Set(known.map(({ name }) => name));
    const unknown = rows.filter(({ name }) => !names.has(name));
    return [
      ...known.map(({ name, checksum }) => statusOf(name, checksum, recorded.get(name))),
      ...unknown.map(({ name, appliedAt }) => ({ engine: 'postgres', name, state: 'unknown', appliedAt }) as const),
    ];
  }

  async up(): Promise<string[]> {
    if (!(await this.#pending())) return []; // the usual start: no lock, no TypeORM
    return this.lock.hold(async () => {
      if (!(await this.#pending())) return [];
      await withSession(this.address, (client) => client.query(CREATE_LEDGER)).catch(translate);
      const applied = await this.#withDataSource((source) => source.runMigrations({ transaction: 'each' }));
      return applied.map(({ name }) => name);
    });
  }

  down(): Promise<string | undefined> {
    return this.lock.hold(async () => {
      const rows = await withSession(this.address, readLedger);
      const last = rows.at(-1);
      if (last === undefined) return undefined;
      const statuses = await this.status();
      refuseChanged(statuses);
      if (statuses.some(({ name, state }) => name === last.name && state === 'unknown')) {
        throw new PenstockError('migration.failed', `This release does not have "${last.name}", and cannot undo it.`);
      }
      await this.#withDataSource((source) => source.undoLastMigration({ transaction: 'each' }));
      return last.name;
    });
  }

  async #pending(): Promise<boolean> {
    const statuses = await this.status();
    refuseChanged(statuses);
    return statuses.some(({ state }) => state === 'pending');
  }

  async #withDataSource<T>(work: (source: DataSource) => Promise<T>): Promise<T> {
    // Slow to load, and needed only when there is something to do.
    const [{ DataSource }, { DWH_ENTITIES }] = await Promise.all([
      import('typeorm'),
      import('./entities/dwh-entities.js'),
    ]);
    const source = new DataSource({
      type: 'postgres',
      url: postgresUrl(await this.address()),
      schema: 'penstock',
      migrationsTableName: 'penstock_migration',
      entities: DWH_ENTITIES,
      migrations: (await this.#migrations).map(({ migration }) => migration),
      applicationName: 'penstock migrate',
      installExtensions: false,
      logging: false,
      logger: 'debug', // the default writes failures to stdout, which belongs to results
      poolSize: 2,
    });
    try {
      await source.initialize();
      return await work(source);
    } catch (cause) {
      return translate(cause);
    } finally {
      if (source.isInitialized) await source.destroy();
    }
  }
}

function statusOf(name: string, checksum: string, row: LedgerRow | undefined): MigrationStatus {
  if (row === undefined) return { engine: 'postgres', name, state: 'pending' };
  const state = row.checksum === checksum ? 'applied' : 'changed';
  return { engine: 'postgres', name, state, appliedAt: row.appliedAt };
}

async function readLedger(client: pg.Client): Promise<LedgerRow[]> {
  const { rows: found } = await client.query("SELECT 1 WHERE to_regclass('penstock.penstock_migration') IS NOT NULL");
  if (found.length === 0) return [];
  const { rows } = await client.query<LedgerRow>(
    'SELECT name, checksum, applied_at AS "appliedAt" FROM penstock.penstock_migration ORDER BY id',
  );
  return rows;
}

function refuseChanged(statuses: readonly MigrationStatus[]): void {
  const changed = statuses.filter(({ state }) => state === 'changed').map(({ name }) => `"${name}"`);
  if (changed.length === 0) return;
  const message = `Applied PostgreSQL migrations were changed afterwards: ${changed.join(', ')}. Restore them and add a new one.`;
  throw new PenstockError('migration.changed', message);
}

function translate(cause: unknown): never {
  throw cause instanceof PenstockError ? cause : migrationFailure('Preparing the PostgreSQL migrations', cause);
}
