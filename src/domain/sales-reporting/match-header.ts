import { type Fault, PenstockError } from '../errors.js';
import type { ImportTable, TableColumn } from './import-table.js';
import type { FieldRule } from './row-schema.js';

/** A column of the file: what the table and, where there is one, the schema say about it. */
export interface MatchedColumn {
  readonly column: TableColumn;
  readonly rule?: FieldRule;
}

/**
 * The columns of the file in its own order, matched by name. With a schema the header must have the names of the schema, no
 * more and no fewer; without one, names of the table, and every column that has no value of its own.
 *
 * @throws PenstockError `csv.invalid` with a fault for each name that is missing, unknown, there twice, or not to be given
 */
export function matchHeader(
  names: readonly string[],
  table: ImportTable,
  fields: readonly FieldRule[] | undefined,
): MatchedColumn[] {
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const rules = new Map(fields?.map((rule) => [rule.name, rule]));
  const known = (name: string): boolean => columns.has(name) && (fields === undefined || rules.has(name));
  const faults = [
    ...names.flatMap((name, index) => nameFault(name, index, names, known(name))),
    ...missingNames(names, table, fields).map((name) => ({ path: name, message: 'is missing in the header' })),
    ...names
      .filter((name) => columns.get(name)?.isGenerated)
      .map((path) => ({ path, message: 'is made by the database' })),
  ];
  if (faults.length > 0) throw new PenstockError('csv.invalid', `The header does not fit "${table.name}".`, { faults });
  return names.flatMap((name) => {
    const [column, rule] = [columns.get(name), rules.get(name)];
    return column === undefined ? [] : [{ column, ...(rule !== undefined && { rule }) }];
  });
}

/** @throws PenstockError `schema.invalid` when the schema has columns that the table has not */
export function checkSchemaColumns(table: ImportTable, fields: readonly FieldRule[]): void {
  const known = new Set(table.columns.map(({ name }) => name));
  const faults = fields
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => ({ path: name, message: `is no column of "${table.name}"` }));
  if (faults.length > 0) throw new PenstockError('schema.invalid', 'The schema does not fit the table.', { faults });
}

function nameFault(name: string, index: number, names: readonly string[], isKnown: boolean): Fault[] {
  const path = name === '' ? `field ${index + 1}` : name;
  if (names.indexOf(name) !== index) return [{ path, message: 'stands in the header twice' }];
  if (isKnown) return [];
  return [{ path, message: name === '' ? 'has no name' : 'is not a column that was expected' }];
}

function missingNames(
  names: readonly string[],
  { columns }: ImportTable,
  fields: readonly FieldRule[] | undefined,
): string[] {
  const needed = fields ?? columns.filter(({ isOptional, isGenerated }) => !isOptional && !isGenerated);
  const optional = new Set(columns.filter(({ isOptional }) => isOptional).map(({ name }) => name));
  const unruled = columns.filter(({ name, isGenerated }) => !optional.has(name) && !isGenerated);
  const given = new Set(names);
  return [...new Set([...needed, ...unruled].map(({ name }) => name))].filter((name) => !given.has(name));
}
