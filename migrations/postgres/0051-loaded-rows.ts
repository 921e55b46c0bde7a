import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was loaded, row by row, into tables that tell no rows apart: an hour of Amplitude is loaded again when more of it is
 * there, or when it is exported beside other hours. Their own tables have no key and no index, so that other loads cost no more.
 */
export class LoadedRows1700000000051 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE penstock.loaded_row (
        table_name text NOT NULL,
        row_key    text COLLATE "C" NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (table_name, row_key)
      )`);
    await runner.query('CREATE INDEX loaded_row_by_expiry ON penstock.loaded_row (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE penstock.loaded_row');
  }
}
