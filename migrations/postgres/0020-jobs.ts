import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Work that outlives the request that asked for it. */
export class Jobs1700000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE penstock.job (
        id               text PRIMARY KEY,
        sequence         bigint GENERATED ALWAYS AS IDENTITY,
        kind             text NOT NULL,
        state            text NOT NULL DEFAULT 'accepted'
                         CHECK (state IN ('accepted', 'running', 'succeeded', 'failed', 'cancelled')),
        caller           text NOT NULL,
        idempotency_key  text,
        request          jsonb NOT NULL,
        progress         jsonb NOT NULL DEFAULT '{}',
        result           jsonb,
        error            jsonb,
        cancel_requested boolean NOT NULL DEFAULT false,
        attempts         integer NOT NULL DEFAULT 0,
        fence            bigint NOT NULL DEFAULT 0,
        worker           text,
        lease_until      timestamptz,
        created_at       timestamptz NOT NULL DEFAULT now(),
        started_at       timestamptz,
        finished_at      timestamptz
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX job_idempotency ON penstock.job (kind, caller, idempotency_key)
      WHERE idempotency_key IS NOT NULL`);
    await runner.query('CREATE INDEX job_by_age ON penstock.job (kind, sequence)');
    await runner.query(`
      CREATE INDEX job_unfinished ON penstock.job (kind, sequence) WHERE state IN ('accepted', 'running')`);
    await runner.query('CREATE INDEX job_finished ON penstock.job (kind, finished_at) WHERE finished_at IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE penstock.job');
  }
}
