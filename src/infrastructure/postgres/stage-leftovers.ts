import type { ClientBase } from 'pg';
import type { PostgresPool } from './postgres-pool.js';
import { STAGE_PREFIX } from './stage-tables.js';

/** "stag" as a number: advisory locks have numbers for names. */
const LOCK_CLASS = 0x73746167;
/** Somebody who reads a table that hangs on nothing, a dump perhaps, is not waited for. */
const LOCK_WAIT_MS = 1000;

/** Of stages whose import is no more: each import holds the lock of its stages to its end. */
const LEFTOVERS = `
  WITH stages AS MATERIALIZED (
    SELECT format('%I.%I', n.nspname, c.relname) AS quoted, substr(c.relname, ${STAGE_PREFIX.length + 1}, 8) AS number
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname LIKE 'penstock\\_import\\_%' AND c.relname ~ '^${STAGE_PREFIX}[0-9a-f]{8}(_[0-9]+)?$'
      AND NOT c.relispartition AND pg_has_role(c.relowner, 'USAGE')
      AND (c.relkind = 'p' OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.conname = 'penstock_bound'))
  )
  SELECT quoted FROM stages WHERE pg_try_advisory_xact_lock(${LOCK_CLASS}, ('x' || number)::bit(32)::int)`;

/** Whose stage it is lives as long as this transaction. */
export async function holdStage(client: ClientBase, number: string): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${LOCK_CLASS}, ('x' || $1)::bit(32)::int)`, [number]);
}

/** Drops what imports left that died between two commits; in a transaction of its own. */
export async function dropLeftovers(client: ClientBase): Promise<void> {
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    const { rows } = await client.query<{ quoted: string }>(LEFTOVERS);
    if (rows.length > 0) await client.query(`DROP TABLE IF EXISTS ${rows.map(({ quoted }) => quoted).join(', ')}`);
    await client.query('COMMIT');
  } catch {
    await client.query('ROLLBACK'); // another import will
  }
}

/** Drops the tables of a stage that came to nothing; what fails is left to the next import. */
export async function dropStage(pool: PostgresPool, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  await pool.query(`DROP TABLE IF EXISTS ${tables.join(', ')}`).catch(() => undefined);
}
