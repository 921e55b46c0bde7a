import type { Row } from '../../domain/ports/warehouse-tables.port.js';
import { type DwhTable, ID_COLUMN } from '../../domain/warehouse-loading/dwh-tables.js';

/** Rows as they are answered: the driver gives numbers of 64 bits as texts, which callers only get where numbers would not do. */
export function dwhRowReader(table: DwhTable): (row: Row) => Row {
  const wide = [ID_COLUMN, ...table.columns].filter(({ type }) => type === 'bigint').map(({ name }) => name);
  return (row) => {
    const numbers = wide.map((name) => [name, numberWhereExact(row[name])] as const);
    return { ...row, ...Object.fromEntries(numbers) };
  };
}

function numberWhereExact(value: unknown): unknown {
  const number = Number(value);
  return value !== null && Number.isSafeInteger(number) ? number : value;
}
