import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { WindowState, WindowTable } from '../../../domain/event-pipelines/window-table.js';
import type { Column } from '../../../domain/shared/column.js';
import { columnArrays, unnestInsert } from './unnest-insert.js';

const COMMENT = 'Windows of the event pipeline ';

const FIND = `
  SELECT c.relkind AS kind, obj_description(c.oid, 'pg_class') AS comment,
         (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2`;

interface FoundTable {
  readonly kind: string;
  readonly comment: string | null;
  readonly columns: readonly string[] | null;
}

/** A newer state wins; of the same moment the one that has seen more. */
const IS_NEWER = `
  (kept.changed_at, kept.events) <= (EXCLUDED.changed_at, EXCLUDED.events)
  AND (kept.changed_at, kept.events, kept.value) IS DISTINCT FROM (EXCLUDED.changed_at, EXCLUDED.events, EXCLUDED.value)`;

const KEY = ['window_start', 'group_key'];

/**
 * An empty table for windows. One of ours is emptied, or made anew where its columns differ.
 *
 * @throws PenstockError `table.exists` when it is somebody else's
 */
export async function beginWindowTable(client: ClientBase, table: WindowTable): Promise<void> {
  const schema = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [table.schema]);
  // Not by IF NOT EXISTS, which asks for the right to make schemas also where there is nothing to be made.
  if (schema.rowCount === 0) await client.query(`CREATE SCHEMA ${escapeIdentifier(table.schema)}`);
  const { rows } = await client.query<FoundTable>(FIND, [table.schema, table.table]);
  const [found] = rows;
  const name = quoted(table);
  if (found !== undefined && found.comment !== COMMENT + table.owner) {
    const message = `${table.schema}.${table.table} is there already, and is not the table of ${table.owner}.`;
    throw new PenstockError('table.exists', message);
  }
  const columns = columnsOf(table);
  const isSame = found?.columns?.join('\0') === columns.map(({ name: column }) => column).join('\0');
  if (isSame) return void (await client.query(`TRUNCATE ${name}`));
  if (found !== undefined) await client.query(`DROP TABLE ${name}`);
  const list = columns.map(({ name: column, type }) => `${escapeIdentifier(column)} ${type}${nullness(column)}`);
  await client.query(`CREATE TABLE ${name} (${list.join(', ')}, PRIMARY KEY (${KEY.join(', ')}))`);
  await client.query(`COMMENT ON TABLE ${name} IS ${escapeLiteral(COMMENT + table.owner)}`);
}

export interface WindowsToWrite {
  readonly windows: readonly { readonly state: WindowState; readonly groupKey: string }[];
}

/** @returns how many were new, or newer than what was there */
export async function upsertWindows(
  client: ClientBase,
  table: WindowTable,
  { windows }: WindowsToWrite,
): Promise<number> {
  if (windows.length === 0) return 0;
  const columns = columnsOf(table);
  const text = unnestInsert({ table: quoted(table), columns, key: KEY, replaces: IS_NEWER });
  // No statement updates a row twice: of a window that comes twice, the later one is the newer.
  const latest = new Map(windows.map((window) => [`${window.state.startMs} ${window.groupKey}`, window]));
  const rows = [...latest.values()].map(({ state, groupKey }) => rowOf(table, state, groupKey));
  const { rowCount } = await client.query(text, columnArrays(columns.length, rows));
  return rowCount ?? 0;
}

function columnsOf({ groupColumns }: WindowTable): Column[] {
  return [
    { name: 'window_start', type: 'timestamptz' },
    { name: 'window_end', type: 'timestamptz' },
    ...groupColumns.map(({ column }) => ({ name: column, type: 'text' })),
    { name: 'value', type: 'numeric' },
    { name: 'events', type: 'bigint' },
    { name: 'changed_at', type: 'timestamptz' },
    { name: 'group_key', type: 'text' },
  ];
}

const ALWAYS_THERE = new Set(['window_start', 'window_end', 'events', 'changed_at', 'group_key']);
const nullness = (column: string): string => (ALWAYS_THERE.has(column) ? ' NOT NULL' : '');

function rowOf({ groupColumns }: WindowTable, state: WindowState, groupKey: string): (string | null)[] {
  return [
    momentText(state.startMs),
    momentText(state.endMs),
    ...groupColumns.map(({ field }) => storable(state.group[field] ?? null)),
    state.value,
    String(state.events),
    momentText(state.changedAtMs),
    groupKey,
  ];
}

export const momentText = (ms: number): string => new Date(ms).toISOString();

/** PostgreSQL has no texts with the character NUL. */
export function storable<T extends string | null>(text: T): T | string {
  return text === null ? text : text.replaceAll('\0', '\uFFFD');
}

const quoted = ({ schema, table }: WindowTable): string => `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
