import { PenstockError } from '../../../domain/errors.js';
import type { Column } from '../../../domain/shared/column.js';
import type { TableName } from '../../../domain/shared/table-name.js';

/**
 * The columns that a table of events lacks.
 *
 * @throws PenstockError `table.unsuitable` when it has one of another type, by column
 */
export function checkedAdditions(
  { database, table }: TableName,
  there: readonly Column[],
  wanted: readonly Column[],
): Column[] {
  const types = new Map(there.map(({ name, type }) => [name, type]));
  const faults = wanted.flatMap(({ name, type }) => {
    const is = types.get(name);
    return is === undefined || is === type ? [] : [{ path: name, message: `is ${is}, and would have to be ${type}` }];
  });
  if (faults.length > 0) {
    const message = `The table ${database}.${table} cannot hold the events: a column has another type.`;
    throw new PenstockError('table.unsuitable', message, { faults });
  }
  return wanted.filter(({ name }) => !types.has(name));
}
