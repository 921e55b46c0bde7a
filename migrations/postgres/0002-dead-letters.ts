import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records that could not be stored, with their bytes and the reason. */
export class DeadLetters1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Partition keys may hold any character, the zero character too, which text cannot.
    await runner.query(`
      CREATE TABLE penstock.dead_letter (
        id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        connector_id        text NOT NULL,
        shard_id            text NOT NULL,
        sequence_number     numeric NOT NULL,
        sub_sequence_number integer NOT NULL,
        partition_key       bytea NOT NULL,
        arrived_at_ms       bigint NOT NULL,
        data                bytea NOT NULL,
        code                text NOT NULL,
        column_name         text,
        reason              text NOT NULL,
        state               text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replaying', 'replayed', 'discarded')),
        replay_token        uuid,
        recorded_at         timestamptz NOT NULL DEFAULT now(),
        settled_at          timestamptz,
        CONSTRAINT dead_letter_position UNIQUE (connector_id, shard_id, sequence_number, sub_sequence_number)
      )`);
    await runner.query('CREATE INDEX dead_letter_by_state ON penstock.dead_letter (connector_id, state, id)');
    await runner.query('CREATE INDEX dead_letter_by_token ON penstock.dead_letter (replay_token)');
    await runner.query('CREATE INDEX dead_letter_settled ON penstock.dead_letter (settled_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE penstock.dead_letter');
  }
}
