import { type TableReference, tableReference } from '../../domain/workflow-gateway/table-reference.js';

/** Each table once, in the order they were asked for, and what cannot be the name of one. */
export function askedTables(names: readonly string[]): { tables: TableReference[]; impossible: string[] } {
  const tables: TableReference[] = [];
  const impossible: string[] = [];
  for (const name of new Set(names)) {
    const table = tableReference(name);
    if (table === undefined) impossible.push(name);
    else tables.push(table);
  }
  return { tables, impossible };
}
