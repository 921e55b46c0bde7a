import { type ClientBase, escapeIdentifier } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import { keyOf, SINK_TYPES, type SinkSchema } from '../../../domain/event-pipelines/sink-schema.js';

/** A table that rows are written to, as PostgreSQL has it now. */
export interface SinkTable {
  /** Quoted. */
  readonly name: string;
  readonly columns: readonly SinkTableColumn[];
  /** Columns of the primary key, in order. */
  readonly key: readonly string[];
}

export interface SinkTableColumn {
  readonly name: string;
  /** In PostgreSQL's own words. */
  readonly type: string;
  /** Has to be given. */
  readonly isRequired: boolean;
  readonly isNullable: boolean;
}

export interface SinkTablePlace {
  readonly namespace: string;
  readonly table: string;
}

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
         a.atthasdef OR a.attidentity <> '' AS has_default,
         array_position(k.indkey::int2[], a.attnum) AS place
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
  ORDER BY a.attnum`;

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly not_null: boolean;
  readonly has_default: boolean;
  readonly place: number | null;
}

export const quotedPlace = ({ namespace, table }: SinkTablePlace): string =>
  `${escapeIdentifier(namespace)}.${escapeIdentifier(table)}`;

export async function findSinkTable(client: ClientBase, place: SinkTablePlace): Promise<SinkTable | undefined> {
  const { rows } = await client.query<ColumnRow>(COLUMNS, [place.namespace, place.table]);
  if (rows.length === 0) return undefined;
  const keyed = rows.filter((row) => row.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
  return {
    name: quotedPlace(place),
    columns: rows.map(({ name, type, not_null, has_default }) => ({
      name,
      type,
      isNullable: !not_null,
      isRequired: not_null && !has_default,
    })),
    key: keyed.map(({ name }) => name),
  };
}

/** Makes the table; one that is there with the same columns and key is right. @throws PenstockError `table.exists` */
export async function makeSinkTable(client: ClientBase, place: SinkTablePlace, schema: SinkSchema): Promise<void> {
  const key = keyOf(schema);
  const columns = schema.columns.map(({ name, type, nullable = !key.includes(name) }) => ({
    name,
    type: SINK_TYPES[type].postgres,
    isNullable: nullable,
  }));
  const found = await findSinkTable(client, place);
  if (found !== undefined) {
    const textOf = (all: typeof columns, of: readonly string[]): string =>
      JSON.stringify([all.map(({ name, type, isNullable }) => [name, type, isNullable]), of]);
    if (textOf([...found.columns], found.key) === textOf(columns, key)) return;
    const message = `There is a table ${place.namespace}.${place.table} with other columns.`;
    throw new PenstockError('table.exists', message);
  }
  const lines = columns.map(
    ({ name, type, isNullable }) => `${escapeIdentifier(name)} ${type}${isNullable ? '' : ' NOT NULL'}`,
  );
  if (key.length > 0) lines.push(`PRIMARY KEY (${key.map(escapeIdentifier).join(', ')})`);
  await client.query(`CREATE TABLE ${quotedPlace(place)} (${lines.join(', ')})`);
  const { orderBy = [] } = schema;
  if (orderBy.length === 0) return;
  await client.query(`CREATE INDEX ON ${quotedPlace(place)} (${orderBy.map(escapeIdentifier).join(', ')})`);
}
