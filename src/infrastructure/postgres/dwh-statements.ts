import { escapeIdentifier } from 'pg';
import { type ColumnType, type DwhTable, ID_COLUMN } from '../../domain/warehouse-loading/dwh-tables.js';
import type { OnConflict } from '../../domain/warehouse-loading/on-conflict.js';
import { isLong, type LongText, type RowSelection } from '../../domain/warehouse-loading/row-selection.js';

/** How each type is cast from the text of column-reader.ts. */
export const CASTS: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'integer',
  bigint: 'bigint',
  float: 'double precision',
  boolean: 'boolean',
  json: 'jsonb',
  timestamp: 'timestamptz',
};

export function tableName({ table }: DwhTable): string {
  return `public.${escapeIdentifier(table)}`;
}

/** Rows as lines of tab-separated.ts, each with its id at the end. */
export function copyStatement(table: DwhTable): string {
  return `COPY ${tableName(table)} (${[...columnNames(table), 'id'].join(', ')}) FROM STDIN`;
}

/**
 * Parameters: the ids, then the texts of each column, as arrays. Answers the ids of the rows it wrote, and of updated rows the
 * id they keep, with their keys.
 */
export function upsertStatement(table: DwhTable, key: string, onConflict: Exclude<OnConflict, 'error'>): string {
  const columns = columnNames(table);
  const arrays = ['$1::bigint[]', ...columns.map((_name, index) => `$${index + 2}::text[]`)];
  const values = table.columns.map(({ type }, index) => `${columns[index]}::${CASTS[type]}`);
  const updates = columns.map((name) => `${name} = EXCLUDED.${name}`);
  const action = onConflict === 'ignore' ? 'NOTHING' : `UPDATE SET ${updates.join(', ')}`;
  return `
    INSERT INTO ${tableName(table)} (id, ${columns.join(', ')})
    SELECT id, ${values.join(', ')}
    FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS given (id, ${columns.join(', ')}, place) ORDER BY place
    ON CONFLICT (${escapeIdentifier(key)}) DO ${action}
    RETURNING id, ${escapeIdentifier(key)}::text AS key`;
}

/** Ids of the table's own sequence, which is looked up once; as a list only when others took some in between. */
export function takeIdsStatement(table: DwhTable, rows: number): string {
  return `
    SELECT min(id) AS first, CASE WHEN max(id) - min(id) + 1 <> count(*) THEN array_agg(id ORDER BY id) END AS ids
    FROM (
      SELECT nextval((SELECT pg_get_serial_sequence('${tableName(table)}', 'id')::regclass)) AS id
      FROM generate_series(1, ${Math.floor(rows)})
    ) AS taken`;
}

/** The rows of a selection in its order, so many at most. */
export function selectStatement(selection: RowSelection, limit?: number): { text: string; values: string[] } {
  const { table, filters, sort, isDescending } = selection;
  const values: string[] = [];
  const parameter = (text: string, type: ColumnType): string => `$${values.push(text)}::${CASTS[type]}`;
  const conditions = filters.map(
    ({ column, text }) => `${escapeIdentifier(column.name)} = ${parameter(text, column.type)}`,
  );
  const after = afterCondition(selection, parameter);
  const where = [...conditions, ...(after === undefined ? [] : [after])].map((condition) => `(${condition})`);
  const text = [
    `SELECT ${[ID_COLUMN, ...table.columns].map(({ name, type }) => selected(name, type)).join(', ')}`,
    `FROM ${tableName(table)}`,
    ...(where.length === 0 ? [] : [`WHERE ${where.join(' AND ')}`]),
    `ORDER BY ${order(sort.name, isDescending, mayBeNull(selection))}`,
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
  ].join(' ');
  return { text, values };
}

/** Answers a row where the one that the selection begins behind still has its long text; undefined where it has none. */
export function placeStatement({ table, sort, after }: RowSelection): { text: string; values: string[] } | undefined {
  if (!isLong(after?.sortText)) return undefined;
  const digest = `encode(sha256(convert_to(${escapeIdentifier(sort.name)}, 'UTF8')), 'hex')`;
  const text = `SELECT id FROM ${tableName(table)} WHERE id = $1::bigint AND ${digest} = $2`;
  return { text, values: [after.id, after.sortText.sha256] };
}

function selected(name: string, type: ColumnType): string {
  const column = escapeIdentifier(name);
  if (type !== 'timestamp') return column;
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${column}`;
}

function mayBeNull({ table, sort }: RowSelection): boolean {
  return sort.name !== table.key && sort.name !== ID_COLUMN.name;
}

/** Columns without nulls and ties are read in the order of their index. */
function order(name: string, isDescending: boolean, isNullable: boolean): string {
  const column = `${escapeIdentifier(name)} ${isDescending ? 'DESC' : 'ASC'}`;
  return isNullable ? `${column} NULLS LAST, id` : column;
}

function afterCondition(
  selection: RowSelection,
  parameter: (text: string, type: ColumnType) => string,
): string | undefined {
  const { after, sort, isDescending } = selection;
  if (after === undefined) return undefined;
  const column = escapeIdentifier(sort.name);
  const beyond = isDescending ? '<' : '>';
  const { sortText } = after;
  const valueOf = (text: string | LongText): string =>
    isLong(text)
      ? `(SELECT ${column} FROM ${tableName(selection.table)} WHERE id = ${parameter(after.id, 'bigint')})`
      : parameter(text, sort.type);
  if (!mayBeNull(selection)) return `${column} ${beyond} ${valueOf(sortText ?? '')}`;
  const id = parameter(after.id, 'bigint');
  if (sortText === null) return `${column} IS NULL AND id > ${id}`;
  const value = valueOf(sortText);
  return `${column} ${beyond} ${value} OR ${column} IS NULL OR (${column} = ${value} AND id > ${id})`;
}

export function columnNames({ columns }: DwhTable): string[] {
  return columns.map(({ name }) => escapeIdentifier(name));
}
