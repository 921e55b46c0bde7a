import { type ClientBase, escapeIdentifier } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import { isoDateNumber } from '../../domain/sales-reporting/cell-checks/date-format.js';
import type {
  ImportTable,
  PartitionRange,
  TableColumn,
  TablePartitions,
} from '../../domain/sales-reporting/import-table.js';

/** A table as the adapter needs it: the domain's view, and the words of statements. */
export interface LiveTable extends ImportTable {
  readonly oid: number;
  /** Schema and name, quoted. */
  readonly quoted: string;
  readonly schema: string;
  readonly bareName: string;
  /** Quoted type of each column without its length: a cast with a length would cut instead of refuse. */
  readonly castTypes: ReadonlyMap<string, string>;
  /** Columns of each unique key that plain columns make. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Whether a trigger sees rows before they are stored: it may leave some out. */
  readonly mayDropRows: boolean;
}

type Queries = Pick<ClientBase, 'query'>;

interface TableRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly is_visible: boolean;
  readonly may_drop_rows: boolean;
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly cast_type: string;
  readonly modifier: number;
  readonly is_nullable: boolean;
  readonly is_optional: boolean;
  readonly is_generated: boolean;
}

interface PartitionRow {
  readonly name: string;
  readonly bound: string;
}

const TABLE = `
  SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, pg_table_is_visible(c.oid) AS is_visible,
         EXISTS (SELECT FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgtype & 3 = 3 AND (t.tgrelid = c.oid
           OR t.tgrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = c.oid))) AS may_drop_rows
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`;

const COLUMNS = `
  SELECT a.attname AS name, coalesce(b.typname, t.typname) AS type, format('%I.%I', n.nspname, t.typname) AS cast_type,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS modifier,
         NOT a.attnotnull AND NOT t.typnotnull AS is_nullable,
         NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' AS is_optional,
         a.attgenerated <> '' OR a.attidentity = 'a' AS is_generated
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
  WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

const KEYS = `
  SELECT array_agg(a.attname::text ORDER BY k.place) AS columns
  FROM pg_index i
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = $1 AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
  GROUP BY i.indexrelid`;

const PARTITION_KEY = `
  SELECT a.attname AS name, t.typname AS type
  FROM pg_partitioned_table p
  JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  JOIN pg_type t ON t.oid = a.atttypid
  WHERE p.partrelid = $1 AND p.partstrat = 'r' AND p.partnatts = 1`;

const PARTITIONS = `
  SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = $1 AND c.relpartbound IS NOT NULL`;

/** @throws PenstockError `table.unknown` */
export async function describeTable(client: Queries, given: string): Promise<LiveTable> {
  const { rows } = await client.query<TableRow>(TABLE, [quotedName(given)]);
  const [table] = rows;
  if (table === undefined) throw new PenstockError('table.unknown', `There is no table "${given}".`);
  const { oid, schema, name, is_visible: isVisible } = table;
  const columns = await client.query<ColumnRow>(COLUMNS, [oid]);
  const keys = await client.query<{ columns: string[] }>(KEYS, [oid]);
  const partitions = await partitionsOf(client, oid);
  return {
    oid,
    schema,
    bareName: name,
    name: isVisible ? name : `${schema}.${name}`,
    quoted: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    columns: columns.rows.map(toColumn),
    castTypes: new Map(columns.rows.map((row) => [row.name, row.cast_type])),
    uniqueKeys: keys.rows.map((row) => row.columns),
    mayDropRows: table.may_drop_rows,
    ...(partitions !== undefined && { partitions }),
  };
}

/** `table` or `schema.table`, each part as it is spelled. */
export function quotedName(given: string): string {
  const parts = given.split('.');
  return (parts.length > 2 ? [given] : parts).map((part) => escapeIdentifier(part)).join('.');
}

function toColumn(row: ColumnRow): TableColumn {
  const size = row.modifier - 4; // the header that PostgreSQL counts in
  const hasSize = row.modifier >= 4;
  return {
    name: row.name,
    type: row.type,
    isNullable: row.is_nullable,
    isOptional: row.is_optional,
    isGenerated: row.is_generated,
    ...(hasSize && (row.type === 'varchar' || row.type === 'bpchar') && { maxLength: size }),
    // A negative scale, which rounds before the point, is left to the database.
    ...(hasSize && row.type === 'numeric' && (size & 0x7ff) < 0x400 && { precision: size >> 16, scale: size & 0x7ff }),
  };
}

/** Undefined where the table is partitioned in another way, or has bounds that are no plain dates or numbers. */
async function partitionsOf(client: Queries, oid: number): Promise<TablePartitions | undefined> {
  const keys = await client.query<{ name: string; type: string }>(PARTITION_KEY, [oid]);
  const [key] = keys.rows;
  const keyType = key?.type === 'date' ? 'date' : /^int[248]$/.test(key?.type ?? '') ? 'integer' : undefined;
  if (key === undefined || keyType === undefined) return undefined;
  const { rows } = await client.query<PartitionRow>(PARTITIONS, [oid]);
  const bounded = rows.filter(({ bound }) => bound !== 'DEFAULT');
  const ranges = bounded.map((row) => toRange(row, keyType));
  if (ranges.some(({ from, to }) => Number.isNaN(from) || Number.isNaN(to))) return undefined;
  const hasDefault = bounded.length < rows.length;
  return { column: key.name, keyType, ranges: ranges.sort((a, b) => a.from - b.from), hasDefault };
}

const BOUND = /^FOR VALUES FROM \('?([^']*?)'?\) TO \('?([^']*?)'?\)$/;

function toRange({ name, bound }: PartitionRow, keyType: 'date' | 'integer'): PartitionRange {
  const [, from = '', to = ''] = BOUND.exec(bound) ?? [];
  return { name, from: edge(from, keyType), to: edge(to, keyType) };
}

function edge(text: string, keyType: 'date' | 'integer'): number {
  if (text === 'MINVALUE' || text === '-infinity') return Number.NEGATIVE_INFINITY;
  if (text === 'MAXVALUE' || text === 'infinity') return Number.POSITIVE_INFINITY;
  if (keyType === 'integer') return text === '' ? Number.NaN : Number(text);
  const day = isoDateNumber(text);
  return day < 0 ? Number.NaN : day;
}
