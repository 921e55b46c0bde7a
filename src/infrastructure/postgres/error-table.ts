import { pipeline } from 'node:stream/promises';
import { type ClientBase, escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { PenstockError } from '../../domain/errors.js';
import { quotedName } from './import-table.js';
import { type RejectSpool, SPOOLED_COLUMNS } from './reject-spool.js';

const COLUMNS = ['id', ...SPOOLED_COLUMNS.split(', '), 'created_at'];
/** Names of indexes are cut by PostgreSQL; this keeps ours whole. */
const MAX_STEM = 40;
/** "errt" as a number: advisory locks have numbers for names. */
const LOCK_CLASS = 0x65727274;

/** Makes the error table unless it is there; one that is there must have its columns, and keeps what it has. */
export async function ensureErrorTable(client: ClientBase, name: string): Promise<void> {
  const quoted = quotedName(name);
  // IF NOT EXISTS is no help for two that create it at the same time: one of them would fail.
  if (!(await isThere(client, quoted)))
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK_CLASS, quoted]);
  const { rows } = await client.query<{ columns: string[] | null }>(
    `SELECT array_agg(attname::text) AS columns FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [quoted],
  );
  const columns = rows[0]?.columns;
  if (columns === null || columns === undefined) return createErrorTable(client, name, quoted);
  const missing = COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length === 0) return;
  const message = `"${name}" is there, but is no error table: it lacks ${missing.join(', ')}.`;
  throw new PenstockError('schema.invalid', message);
}

async function isThere(client: ClientBase, quoted: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [quoted]);
  return rows[0]?.found === true;
}

async function createErrorTable(client: ClientBase, name: string, quoted: string): Promise<void> {
  const index = escapeIdentifier(`${name.split('.').at(-1)?.slice(0, MAX_STEM)}_import_id_idx`);
  await client.query(`
    CREATE TABLE IF NOT EXISTS ${quoted} (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      import_id   uuid NOT NULL,
      table_name  text NOT NULL,
      line_number bigint NOT NULL,
      raw_record  text NOT NULL,
      column_name text,
      value       text,
      rule        text NOT NULL,
      message     text NOT NULL,
      created_at  timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX IF NOT EXISTS ${index} ON ${quoted} (import_id, id)`);
}

export async function storeErrors(client: ClientBase, name: string, spool: RejectSpool): Promise<void> {
  await pipeline(spool.lines(), client.query(copyFrom(`COPY ${quotedName(name)} (${SPOOLED_COLUMNS}) FROM STDIN`)));
}
