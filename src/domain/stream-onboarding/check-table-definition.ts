import { Buffer } from 'node:buffer';
import { type Fault, PenstockError } from '../errors.js';
import type { Column } from '../shared/column.js';
import type { TableName } from '../shared/table-name.js';
import { canBeSortKey, isTypeText, MAX_TYPE_LENGTH } from './column-type.js';

/** What a table is made of; `comment` carries the connector's id, `cluster` makes it a replicated one. */
export interface TableStatementDefinition {
  readonly name: TableName;
  readonly columns: readonly Column[];
  readonly orderBy: readonly string[];
  readonly comment: string;
  readonly cluster?: string;
}

/** ClickHouse keeps tables as files: the escaped name and a suffix must fit in 255 bytes. */
export const MAX_TABLE_NAME_BYTES = 200;
export const MAX_COLUMN_NAME_BYTES = 255;
export const MAX_COLUMNS = 1000;

/** Columns that a MergeTree adds to some of its parts by itself. */
const RESERVED_COLUMNS = new Set(['_row_exists', '_block_number', '_block_offset']);

/** Refuses what no server should be asked for. @throws PenstockError `identifier.invalid`, `schema.invalid`, with faults */
export function checkTableDefinition(definition: Omit<TableStatementDefinition, 'comment'>): void {
  const { name, columns, orderBy, cluster } = definition;
  const names = [
    ...nameFaults('databaseName', escapedBytes(name.database), name.database),
    ...nameFaults('tableName', escapedBytes(name.table), name.table),
    ...(cluster === undefined ? [] : nameFaults('cluster', escapedBytes(cluster), cluster)),
    ...columns.flatMap((column, index) => columnNameFaults(column, index)),
  ];
  const schema = [...schemaFaults(columns), ...orderByFaults(columns, orderBy)];
  const faults = [...names, ...schema];
  if (faults.length === 0) return;
  const summary = faults.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new PenstockError(
    schema.length > 0 ? 'schema.invalid' : 'identifier.invalid',
    `The table cannot be made: ${summary}.`,
    {
      faults,
    },
  );
}

/** Whether a column can have this name; fields with other names stay without a column. */
export function isColumnName(name: string): boolean {
  return columnNameFaults({ name, type: '' }, 0).length === 0;
}

function columnNameFaults({ name }: Column, index: number): Fault[] {
  const bytes = Buffer.byteLength(name);
  if (RESERVED_COLUMNS.has(name))
    return [{ path: `schema.${index}.name`, message: 'is a name ClickHouse keeps for itself' }];
  return nameFaults(`schema.${index}.name`, bytes, name, MAX_COLUMN_NAME_BYTES);
}

function nameFaults(path: string, bytes: number, name: string, maxBytes = MAX_TABLE_NAME_BYTES): Fault[] {
  if (name.trim() === '') return [{ path, message: 'is empty' }];
  if (bytes > maxBytes) return [{ path, message: `is longer than ${maxBytes} bytes` }];
  // Lone surrogates have no UTF-8 form: two different names would become one.
  if (/[\p{Cc}\p{Cs}]/u.test(name)) return [{ path, message: 'has control characters or broken Unicode' }];
  return [];
}

/** In file names ClickHouse writes every byte but letters, digits and `_` as %XX. */
function escapedBytes(name: string): number {
  const plain = name.replaceAll(/\W/gu, '').length;
  return plain + 3 * (Buffer.byteLength(name) - plain);
}

function schemaFaults(columns: readonly Column[]): Fault[] {
  if (columns.length === 0) return [{ path: 'schema', message: 'has no column' }];
  if (columns.length > MAX_COLUMNS) return [{ path: 'schema', message: `has more than ${MAX_COLUMNS} columns` }];
  const seen = new Set<string>();
  return columns.flatMap(({ name, type }, index) => {
    const faults: Fault[] = [];
    if (seen.has(name)) faults.push({ path: `schema.${index}.name`, message: 'is there twice' });
    seen.add(name);
    if (type.length > MAX_TYPE_LENGTH || !isTypeText(type)) {
      faults.push({ path: `schema.${index}.type`, message: 'is not a type' });
    }
    return faults;
  });
}

function orderByFaults(columns: readonly Column[], orderBy: readonly string[]): Fault[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  return orderBy.flatMap((key, index) => {
    const path = `orderBy.${index}`;
    const type = types.get(key);
    if (type === undefined) return [{ path, message: 'is not a column of the schema' }];
    if (orderBy.indexOf(key) < index) return [{ path, message: 'is there twice' }];
    if (!canBeSortKey(type)) return [{ path, message: 'cannot be sorted by: its type is Nullable or has no order' }];
    return [];
  });
}
