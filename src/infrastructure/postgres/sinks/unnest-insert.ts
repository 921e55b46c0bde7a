import { escapeIdentifier } from 'pg';
import type { Column } from '../../../domain/shared/column.js';

export interface InsertTarget {
  /** Quoted. */
  readonly table: string;
  /** Types in PostgreSQL's own words, which the texts of values are cast to. */
  readonly columns: readonly Column[];
  /** Rows of the same key are one row; empty: all are added. */
  readonly key: readonly string[];
  /** Whether the row that is there (`kept`) gives way to the one that comes (`EXCLUDED`); unset: always. */
  readonly replaces?: string;
}

/** One statement for any number of rows: its parameters are the texts of each column, as arrays. */
export function unnestInsert({ table, columns, key, replaces }: InsertTarget): string {
  const names = columns.map(({ name }) => escapeIdentifier(name));
  const arrays = names.map((_name, index) => `$${index + 1}::text[]`);
  const values = columns.map(({ type }, index) => `${names[index]}::${type}`);
  return `
    INSERT INTO ${table} AS kept (${names.join(', ')})
    SELECT ${values.join(', ')} FROM unnest(${arrays.join(', ')}) AS given (${names.join(', ')})
    ${conflict(names, key.map(escapeIdentifier), replaces)}`;
}

function conflict(names: readonly string[], key: readonly string[], replaces: string | undefined): string {
  if (key.length === 0) return '';
  const changed = names.filter((name) => !key.includes(name));
  if (changed.length === 0) return `ON CONFLICT (${key.join(', ')}) DO NOTHING`;
  const sets = changed.map((name) => `${name} = EXCLUDED.${name}`).join(', ');
  return `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${sets}${replaces === undefined ? '' : ` WHERE ${replaces}`}`;
}

/** The parameters of rows: an array for each column. */
export function columnArrays(
  columns: number,
  rows: readonly (readonly (string | null)[])[],
): (readonly (string | null)[])[] {
  return Array.from({ length: columns }, (_, at) => rows.map((row) => row[at] ?? null));
}
