/** A table as a caller names it, read as SQL would: `orders`, `sales.orders`, `"Sales 2024"."Orders"`. */
export interface TableReference {
  /** As it was asked for. */
  readonly asked: string;
  /** Empty: the first of the search path that has it. */
  readonly schema: string;
  readonly table: string;
  /** The same in lower case, which is what SQL makes of names without quotes; tried when there is none of the other. */
  readonly folded: { readonly schema: string; readonly table: string };
}

const NAME = /^(?:(?:"((?:[^"]|"")+)"|([^".]+))\.)?(?:"((?:[^"]|"")+)"|([^".]+))$/su;

/** Undefined for what cannot be the name of a table. */
export function tableReference(asked: string): TableReference | undefined {
  const [, quotedSchema, plainSchema, quotedTable, plainTable] = NAME.exec(asked.trim()) ?? [];
  const table = unquoted(quotedTable) ?? plainTable;
  if (table === undefined || table.includes('\0')) return undefined;
  const schema = unquoted(quotedSchema) ?? plainSchema ?? '';
  const folded = {
    schema: quotedSchema === undefined ? schema.toLowerCase() : schema,
    table: quotedTable === undefined ? table.toLowerCase() : table,
  };
  return { asked, schema, table, folded };
}

function unquoted(name: string | undefined): string | undefined {
  return name?.replaceAll('""', '"');
}
