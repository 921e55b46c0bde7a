import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of records that became dead letters: their headers, which may name the schema they are to be read with. */
export class DeadLetterHeaders1700000000041 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE penstock.dead_letter ADD COLUMN IF NOT EXISTS headers json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE penstock.dead_letter DROP COLUMN IF EXISTS headers');
  }
}
