import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The domains that are deployed, each as it was merged then. */
export class Deployments1700000000038 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE penstock.deployment (
        domain      text PRIMARY KEY,
        environment text,
        config      jsonb NOT NULL,
        deployed_by text NOT NULL,
        deployed_at timestamptz NOT NULL DEFAULT now(),
        created_at  timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE penstock.deployment');
  }
}
