import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is remembered of loads that had an idempotency key. */
export class LoadReceipts1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE penstock.load_receipt (
        engine          text NOT NULL,
        table_name      text NOT NULL,
        idempotency_key text NOT NULL,
        state           text NOT NULL CHECK (state IN ('pending', 'done')),
        digest          text NOT NULL,
        receipt         jsonb NOT NULL,
        expires_at      timestamptz NOT NULL,
        PRIMARY KEY (engine, table_name, idempotency_key)
      )`);
    await runner.query('CREATE INDEX load_receipt_by_expiry ON penstock.load_receipt (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE penstock.load_receipt');
  }
}
