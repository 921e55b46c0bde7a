import type { PostgresAddress } from './postgres-address.js';

/** Applies the migrations of PostgreSQL; TypeORM is loaded for it, and not before. */
export async function migrateOwnTables(address: PostgresAddress): Promise<void> {
  const [{ POSTGRES_MIGRATIONS }, { PostgresMigrations }, { PostgresMigrationLock }] = await Promise.all([
    import('../../../migrations/postgres/all.js'),
    import('./postgres-migrations.js'),
    import('./postgres-migration-lock.js'),
  ]);
  await new PostgresMigrations(address, new PostgresMigrationLock(address), POSTGRES_MIGRATIONS).up();
}
