import { createHash } from 'node:crypto';
import { migrationFailure } from './migration-session.js';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export type PostgresMigration = new () => MigrationInterface;

/** Reads in a transaction what the ledger's column default takes as the checksum. */
export const CHECKSUM_SETTING = 'penstock.migration_checksum';

export interface ChecksummedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly migration: PostgresMigration;
}

/**
 * A migration with the checksum of the SQL it sends, which is what reached the database; the TypeScript around it, and what a
 * compiler makes of it, may change. Run as TypeORM runs it, it leaves that checksum to the row TypeORM then writes, in
 * the same transaction, so that there is no moment with one and not the other.
 */
export async function checksummed(original: PostgresMigration): Promise<ChecksummedMigration> {
  const name = new original().name ?? original.name;
  const checksum = await checksumOf(new original());
  class Recorded implements MigrationInterface {
    readonly name = name;
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('SELECT set_config($1, $2, true)', [CHECKSUM_SETTING, checksum]);
      await new original().up(runner).catch((cause: unknown) => {
        throw migrationFailure(`"${name}"`, cause);
      });
    }
    async down(runner: QueryRunner): Promise<void> {
      await new original().down(runner).catch((cause: unknown) => {
        throw migrationFailure(`Undoing "${name}"`, cause);
      });
    }
  }
  return { name, checksum, migration: Recorded };
}

async function checksumOf(migration: MigrationInterface): Promise<string> {
  const hash = createHash('sha256');
  const query = (sql: string, values: unknown[] = []): Promise<unknown[]> => {
    hash.update(JSON.stringify([sql, values]));
    return Promise.resolve([]);
  };
  const recorder = new Proxy({} as QueryRunner, {
    get(_, member) {
      if (member === 'query') return query;
      throw new Error(`Migrations are raw SQL: they use query() alone, not ${String(member)}.`);
    },
  });
  await migration.up(recorder);
  return hash.digest('hex');
}
