import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of events that became dead letters: the watermark before them, which their rows get when they are replayed. */
export class DeadLetterWatermark1700000000040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE penstock.dead_letter ADD COLUMN IF NOT EXISTS watermark_ms bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE penstock.dead_letter DROP COLUMN IF EXISTS watermark_ms');
  }
}
