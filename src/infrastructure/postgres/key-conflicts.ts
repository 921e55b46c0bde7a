import { DatabaseError } from 'pg';
import { escapeIdentifier } from 'pg';
import type { Fault } from '../../domain/errors.js';
import type { DwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import type { RowChunk, RowPlace } from '../../domain/warehouse-loading/row-chunks.js';
import { MAX_ROW_FAULTS } from '../../domain/warehouse-loading/row-reader.js';
import { CASTS, tableName } from './dwh-statements.js';
import type { PostgresPool } from './postgres-pool.js';

const THERE = 'is the key of a row that is in the table';

/**
 * Which rows of a chunk PostgreSQL refused for their key. The transaction is gone, and with it the rows of earlier chunks,
 * so that one of those is only known by the line that COPY stopped at.
 */
export async function keyConflicts(pool: PostgresPool, refused: RefusedChunk): Promise<Fault[]> {
  const { table, chunk, place, cause } = refused;
  const { key } = table;
  if (key === undefined) return [];
  const index = table.columns.findIndex(({ name }) => name === key);
  const keys = chunk.rows.map((row) => row[index] ?? '');
  const there = await keysThere(pool, table, keys);
  const found = new Map<number, string>();
  const firsts = new Map<string, number>();
  for (const [at, text] of keys.entries()) {
    const first = firsts.get(text);
    if (there.has(text)) found.set(at, THERE);
    else if (first !== undefined) found.set(at, `is the key of ${place(chunk.first + first)} too`);
    if (first === undefined) firsts.set(text, at);
  }
  const line = copyLine(cause);
  if (line !== undefined && line < keys.length && !found.has(line)) found.set(line, `${THERE}, or of an earlier one`);
  return [...found]
    .slice(0, MAX_ROW_FAULTS)
    .map(([at, message]) => ({ path: `${place(chunk.first + at)}.${key}`, message }));
}

export interface RefusedChunk {
  readonly table: DwhTable;
  readonly chunk: RowChunk;
  readonly place: RowPlace;
  readonly cause: unknown;
}

async function keysThere(pool: PostgresPool, table: DwhTable, keys: readonly string[]): Promise<Set<string>> {
  const name = escapeIdentifier(table.key ?? '');
  const type = table.columns.find((column) => column.name === table.key)?.type ?? 'text';
  const { rows } = await pool.query<{ key: string }>(
    `SELECT ${name}::text AS key FROM ${tableName(table)} WHERE ${name} = ANY ($1::${CASTS[type]}[])`,
    [keys],
  );
  return new Set(rows.map(({ key }) => key));
}

/** Counted from 0; the words around the number are in the server's language, the number is not. */
function copyLine(cause: unknown): number | undefined {
  const where = cause instanceof DatabaseError ? cause.where : undefined;
  const number = /^COPY [^,]*,\D*(\d+)/.exec(where ?? '')?.[1];
  return number === undefined ? undefined : Number(number) - 1;
}
