import { quoteIdentifier, quoteString } from '../../domain/shared/sql-quoting.js';
import {
  type ColumnType,
  type DwhColumn,
  type DwhTable,
  ID_COLUMN,
} from '../../domain/warehouse-loading/dwh-tables.js';
import { canonicalJson } from '../../domain/warehouse-loading/json-value.js';
import { isLong, type RowSelection } from '../../domain/warehouse-loading/row-selection.js';

export interface DwhQuery {
  readonly query: string;
  readonly query_params: Readonly<Record<string, string>>;
}

/** Of a row in tables with a key: the row with the highest one is the one that is read. */
export const VERSION_COLUMN = '_version';

const PARAMETER_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'String',
  integer: 'Int32',
  bigint: 'Int64',
  float: 'Float64',
  boolean: 'Bool',
  json: 'String',
  timestamp: 'String',
};

/** Lines of tab-separated.ts, each with its id at the end, and its version where the table has a key. */
export function insertQuery(table: DwhTable): string {
  const names = [...table.columns, ID_COLUMN].map(({ name }) => quoteIdentifier(name));
  const version = table.key === undefined ? [] : [VERSION_COLUMN];
  return `INSERT INTO ${quoteIdentifier(table.table)} (${[...names, ...version].join(', ')}) FORMAT TabSeparated`;
}

/** The ids of rows by their keys; keys are texts as column-reader.ts reads them. */
export function keysQuery(table: DwhTable, key: DwhColumn, keys: readonly string[]): string {
  const name = quoteIdentifier(key.name);
  const list = keys.map((text) => (key.type === 'text' ? quoteString(text) : text)).join(', ');
  return `SELECT toString(${name}) AS key, id FROM ${source(table)} WHERE ${name} IN (${list})`;
}

/** The rows of a selection in its order, so many at most. */
export function selectQuery(selection: RowSelection, limit?: number): DwhQuery {
  const { table, filters, sort, isDescending } = selection;
  const parameters = new Parameters();
  const conditions = filters.map(({ column, text }) => {
    const value = column.type === 'json' ? canonicalJson(JSON.parse(text)) : text;
    return `${quoteIdentifier(column.name)} = ${parameters.add(value, column.type)}`;
  });
  const after = afterCondition(selection, parameters);
  const where = [...conditions, ...(after === undefined ? [] : [after])].map((condition) => `(${condition})`);
  const names = [ID_COLUMN, ...table.columns].map(({ name }) => quoteIdentifier(name));
  const query = [
    `SELECT ${names.join(', ')} FROM ${source(table)}`,
    ...(where.length === 0 ? [] : [`WHERE ${where.join(' AND ')}`]),
    `ORDER BY ${quoteIdentifier(sort.name)} ${isDescending ? 'DESC' : 'ASC'} NULLS LAST, id`,
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
  ].join(' ');
  return { query, query_params: parameters.values };
}

class Parameters {
  readonly values: Record<string, string> = {};

  add(text: string, type: ColumnType): string {
    const name = `p${Object.keys(this.values).length}`;
    this.values[name] = text;
    const parameter = `{${name}: ${PARAMETER_TYPES[type]}}`;
    return type === 'timestamp' ? `parseDateTime64BestEffort(${parameter}, 6, 'UTC')` : parameter;
  }
}

/** Rows that were replaced are still there until they are merged away. */
function source({ table, key }: DwhTable): string {
  return key === undefined ? quoteIdentifier(table) : `${quoteIdentifier(table)} FINAL`;
}

function afterCondition(
  { table, after, sort, isDescending }: RowSelection,
  parameters: Parameters,
): string | undefined {
  if (after === undefined) return undefined;
  const column = quoteIdentifier(sort.name);
  const id = parameters.add(after.id, 'bigint');
  if (after.sortText === null) return `${column} IS NULL AND id > ${id}`;
  const value = isLong(after.sortText)
    ? `(SELECT ${column} FROM ${source(table)} WHERE id = ${id})`
    : parameters.add(after.sortText, sort.type);
  return `${column} ${isDescending ? '<' : '>'} ${value} OR ${column} IS NULL OR (${column} = ${value} AND id > ${id})`;
}

/** Answers a row where the one that the selection begins behind still has its long text; undefined where it has none. */
export function placeQuery({ table, sort, after }: RowSelection): DwhQuery | undefined {
  if (!isLong(after?.sortText)) return undefined;
  const parameters = new Parameters();
  const conditions = [
    `id = ${parameters.add(after.id, 'bigint')}`,
    `lower(hex(SHA256(${quoteIdentifier(sort.name)}))) = ${parameters.add(after.sortText.sha256, 'text')}`,
  ];
  const query = `SELECT id FROM ${source(table)} WHERE ${conditions.join(' AND ')}`;
  return { query, query_params: parameters.values };
}
