/**
 * Names of fields, by the columns they are written to: `{'window.start': 'window_start', count: 'event_count'}`. A dot
 * leads into an object, unless the row has a field of just that name; fields that are not named are left out.
 */
export type ColumnMapping = Readonly<Record<string, string>>;

/** Rows by the names of columns; what a row does not have, its mapped row does not have either. */
export function mapColumns(
  rows: readonly Readonly<Record<string, unknown>>[],
  mapping: ColumnMapping | undefined,
): readonly Readonly<Record<string, unknown>>[] {
  if (mapping === undefined) return rows;
  const ways = Object.entries(mapping).map(([field, column]) => ({ field, path: field.split('.'), column }));
  return rows.map((row) => {
    const mapped: Record<string, unknown> = {};
    for (const { field, path, column } of ways) {
      const value = Object.hasOwn(row, field) ? row[field] : valueAt(row, path);
      // Not by assignment, to which `__proto__` would mean something else.
      if (value !== undefined) Object.defineProperty(mapped, column, { value, enumerable: true });
    }
    return mapped;
  });
}

function valueAt(row: unknown, path: readonly string[]): unknown {
  let value = row;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
