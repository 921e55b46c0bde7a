import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who follows the changed windows of event pipelines and how far, and their alerts. */
export class WindowFollows1700000000039 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE penstock.window_follow, penstock.window_position, penstock.window_alert');
  }
}

const STATEMENTS = [
  `CREATE TABLE penstock.window_follow (
    domain      text PRIMARY KEY,
    holder      text,
    fence       bigint NOT NULL DEFAULT 0,
    lease_until timestamptz
  )`,
  `CREATE TABLE penstock.window_position (
    domain      text NOT NULL,
    aggregation text NOT NULL,
    fingerprint text NOT NULL,
    is_filled   boolean NOT NULL,
    fill_cursor text,
    told_ms     bigint NOT NULL,
    decided_ms  bigint NOT NULL,
    PRIMARY KEY (domain, aggregation)
  )`,
  `CREATE TABLE penstock.window_alert (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    domain       text NOT NULL,
    alert        text NOT NULL,
    window_start timestamptz NOT NULL,
    group_key    text NOT NULL,
    window_end   timestamptz NOT NULL,
    aggregation  text NOT NULL,
    severity     text NOT NULL,
    group_values jsonb NOT NULL,
    state        text NOT NULL CHECK (state IN ('firing', 'resolved')),
    resolution   text,
    first_value  text NOT NULL,
    last_value   text,
    fired_at     timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    resolved_at  timestamptz,
    passes_at    timestamptz NOT NULL,
    PRIMARY KEY (domain, alert, window_start, group_key)
  )`,
  'CREATE UNIQUE INDEX window_alert_by_age ON penstock.window_alert (domain, id)',
  `CREATE INDEX window_alert_firing ON penstock.window_alert (domain, passes_at) WHERE state = 'firing'`,
];
