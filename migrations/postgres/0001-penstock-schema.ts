import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The schema for the service's own records. Empty of yours: your tables stay where they are. */
export class PenstockSchema1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA IF NOT EXISTS penstock');
    await runner.query(`COMMENT ON SCHEMA penstock IS 'The own records of Penstock; changed by its migrations only'`);
  }

  /** The schema itself stays, because the record of migrations lives in it. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('COMMENT ON SCHEMA penstock IS NULL');
  }
}
