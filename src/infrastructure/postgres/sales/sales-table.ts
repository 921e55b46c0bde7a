import { escapeIdentifier, type QueryResult, type QueryResultRow } from 'pg';
import { type Fault, PenstockError } from '../../../domain/errors.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';

/** Whoever can run a statement: a pool, or one connection within a transaction. */
export interface Queryable {
  query<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<QueryResult<R>>;
}

/** A name as it stands in a statement. */
export function quoteName({ schema, table }: QualifiedName): string {
  return [schema, table].flatMap((part) => (part === undefined ? [] : [escapeIdentifier(part)])).join('.');
}

export function unknownTable(name: QualifiedName): PenstockError {
  const made =
    name.table === 'sales_report' ? ': penstock create-schema --source data/optimised/sales_schema.sql makes it' : '';
  return new PenstockError('table.unknown', `There is no table "${nameText(name)}"${made}.`);
}

/** The columns reports are made of, with types that add up exactly. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  sales_date: ['date'],
  product_id: ['int2', 'int4', 'int8'],
  product_name: ['text', 'varchar'],
  region: ['text', 'varchar'],
  quantity_sold: ['int2', 'int4', 'int8'],
  sales_amount: ['numeric', 'int2', 'int4', 'int8'],
};

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly is_required: boolean;
  readonly is_plain: boolean;
}

/** @throws PenstockError `table.unsuitable` with every column that is missing or has another type */
export async function requireShape(on: Queryable, name: QualifiedName, relation: number): Promise<void> {
  const { rows } = await on.query<ColumnRow>(
    `SELECT a.attname AS name, t.typname AS type, a.attnotnull AS is_required,
            a.attgenerated <> 'v' AND coalesce(c.collisdeterministic, true) AS is_plain
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation c ON c.oid = a.attcollation
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped`,
    [relation],
  );
  const columns = new Map(rows.map((row) => [row.name, row]));
  const faults = Object.entries(COLUMNS).flatMap(([column, types]) => faultOf(column, types, columns.get(column)));
  if (faults.length === 0) return;
  throw new PenstockError('table.unsuitable', `Reports cannot be made of "${nameText(name)}".`, { faults });
}

function faultOf(path: string, types: readonly string[], column: ColumnRow | undefined): Fault[] {
  if (column === undefined) return [{ path, message: `the column is missing; it is ${types.join(' or ')}` }];
  if (!types.includes(column.type)) return [{ path, message: `is ${column.type}, not ${types.join(' or ')}` }];
  if (!column.is_required) return [{ path, message: 'must be NOT NULL' }];
  return column.is_plain ? [] : [{ path, message: 'must be stored, and compare by its characters' }];
}
