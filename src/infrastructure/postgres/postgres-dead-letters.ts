import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type {
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetters,
  DeadLetterSelection,
  DeadLetterSettlement,
  StoredDeadLetter,
} from '../../domain/ports/dead-letters.port.js';
import { type DeadLetter, letterBytes } from '../../domain/stream-onboarding/dead-letter.js';
import { type DeadLetterRow, fromRow, insertValues, LETTER_COLUMNS, withoutZero } from './dead-letter-row.js';
import type { PostgresPool } from './postgres-pool.js';

/** Bytes of letters sent in one statement; a single larger letter goes alone. */
const STATEMENT_BYTES = 4_000_000;
const STATEMENT_LETTERS = 1000;

const INSERT = `
  INSERT INTO penstock.dead_letter
    (connector_id, shard_id, sequence_number, sub_sequence_number, partition_key, arrived_at_ms, data, code, column_name, reason,
     watermark_ms, headers)
  SELECT * FROM unnest($1::text[], $2::text[], $3::numeric[], $4::integer[], $5::bytea[], $6::bigint[], $7::bytea[],
                       $8::text[], $9::text[], $10::text[], $11::bigint[], $12::json[])
  ON CONFLICT ON CONSTRAINT dead_letter_position DO NOTHING`;

const CLAIM = `
  UPDATE penstock.dead_letter SET state = 'replaying', replay_token = $3
  WHERE id IN (
    SELECT id FROM penstock.dead_letter
    WHERE connector_id = $1 AND state = 'open' AND ($2::bigint[] IS NULL OR id = ANY ($2))
    ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED
  )`;

/** Dead letters in PostgreSQL, in the table `penstock.dead_letter`. */
export class PostgresDeadLetters implements DeadLetters {
  constructor(private readonly pool: PostgresPool) {}

  async add(letters: readonly DeadLetter[]): Promise<void> {
    await this.pool.transaction(async (client) => {
      for (const part of chunk(letters)) await client.query(INSERT, insertValues(part));
    });
  }

  async positions(connectorId: string, shardId: string, first: string, last: string): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ position: string; code: string }>(
      `SELECT sequence_number || ':' || sub_sequence_number AS position, code FROM penstock.dead_letter
       WHERE connector_id = $1 AND shard_id = $2 AND sequence_number BETWEEN $3::numeric AND $4::numeric`,
      [connectorId, shardId, first, last],
    );
    return new Map(rows.map(({ position, code }) => [position, code]));
  }

  async list({ connectorId, state, after, limit }: DeadLetterQuery): Promise<DeadLetterPage> {
    const { rows } = await this.pool.query<DeadLetterRow>(
      `SELECT ${LETTER_COLUMNS} FROM penstock.dead_letter
       WHERE connector_id = $1 AND ($2::text IS NULL OR state = $2) AND id > $3::bigint
       ORDER BY id LIMIT $4`,
      [connectorId, state ?? null, after ?? '0', limit + 1],
    );
    const letters = rows.slice(0, limit).map(fromRow);
    const next = rows.length > limit ? letters.at(-1)?.id : undefined;
    return next === undefined ? { letters } : { letters, next };
  }

  claim(selection: DeadLetterSelection, limit: number): Promise<{ token: string; letters: StoredDeadLetter[] }> {
    return this.pool.transaction(async (client) => {
      const unfinished = await unfinishedToken(client, selection);
      const token = unfinished ?? randomUUID();
      if (unfinished === undefined) {
        await client.query(CLAIM, [selection.connectorId, selection.ids ?? null, token, limit]);
      }
      const { rows } = await client.query<DeadLetterRow>(
        `SELECT ${LETTER_COLUMNS} FROM penstock.dead_letter WHERE replay_token = $1 AND state = 'replaying' ORDER BY id`,
        [token],
      );
      return { token, letters: rows.map(fromRow) };
    });
  }

  async settle(token: string, { replayed, reopened }: DeadLetterSettlement): Promise<void> {
    await this.pool.transaction(async (client) => {
      await client.query(
        `UPDATE penstock.dead_letter SET state = 'replayed', settled_at = now()
         WHERE replay_token = $1 AND state = 'replaying' AND id = ANY ($2::bigint[])`,
        [token, replayed],
      );
      for (const { id, letter } of reopened) {
        await client.query(
          `UPDATE penstock.dead_letter SET state = 'open', replay_token = NULL, code = $3, column_name = $4, reason = $5
           WHERE replay_token = $1 AND state = 'replaying' AND id = $2`,
          [token, id, letter.code, withoutZero(letter.column), withoutZero(letter.reason)],
        );
      }
    });
  }

  async discard({ connectorId, ids }: DeadLetterSelection): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE penstock.dead_letter SET state = 'discarded', settled_at = now()
       WHERE connector_id = $1 AND state = 'open' AND ($2::bigint[] IS NULL OR id = ANY ($2))`,
      [connectorId, ids ?? null],
    );
    return rowCount ?? 0;
  }

  async forget(settledBeforeMs: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM penstock.dead_letter WHERE settled_at < to_timestamp($1::double precision / 1000)`,
      [settledBeforeMs],
    );
    return rowCount ?? 0;
  }
}

/** A replay that died is repeated before another begins, unless it concerns none of the letters asked for. */
async function unfinishedToken(client: pg.PoolClient, selection: DeadLetterSelection): Promise<string | undefined> {
  const { rows } = await client.query<{ replay_token: string }>(
    `SELECT replay_token FROM penstock.dead_letter
     WHERE connector_id = $1 AND state = 'replaying' AND ($2::bigint[] IS NULL OR id = ANY ($2))
     ORDER BY id LIMIT 1`,
    [selection.connectorId, selection.ids ?? null],
  );
  return rows[0]?.replay_token;
}

function* chunk(letters: readonly DeadLetter[]): Generator<readonly DeadLetter[]> {
  let part: DeadLetter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    const more = letterBytes(letter);
    if (part.length > 0 && (part.length === STATEMENT_LETTERS || bytes + more > STATEMENT_BYTES)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(letter);
    bytes += more;
  }
  if (part.length > 0) yield part;
}
