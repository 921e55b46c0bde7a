import { PenstockError } from '../../../domain/errors.js';
import type { PartitionedTable } from '../../../domain/ports/table-partitions.port.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { quoteName, type Queryable, unknownTable } from './sales-table.js';

const KEY_TYPES: Readonly<Record<string, PartitionedTable['keyType']>> = {
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
};

interface TableRow {
  readonly relation: number;
  readonly schema: string;
  readonly table: string;
  readonly strategy: string | null;
  readonly key_columns: number | null;
  readonly key_column: string | null;
  readonly key_type: string | null;
}

interface PartitionRow {
  readonly name: string;
  readonly schema: string;
  readonly bound: string;
}

const TABLE = `
  SELECT c.oid AS relation, n.nspname AS schema, c.relname AS table, p.partstrat AS strategy, p.partnatts AS key_columns,
         a.attname AS key_column, t.typname AS key_type
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0] AND p.partattrs[0] > 0
    LEFT JOIN pg_type t ON t.oid = a.atttypid
  WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`;

const PARTITIONS = `
  SELECT c.relname AS name, n.nspname AS schema, pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE i.inhparent = $1 AND NOT i.inhdetachpending ORDER BY c.relname`;

/** A partitioned table with what a statement needs to know of it. */
export interface PartitionCatalog extends Omit<PartitionedTable, 'hasStrays'> {
  readonly relation: number;
  /** Schema and name of the default partition, quoted. */
  readonly defaultQuoted?: string;
  /** Schema and name of each partition, quoted, by its name. */
  readonly quoted: ReadonlyMap<string, string>;
}

/** Bounds are read as ISO dates of UTC: whoever calls has set them so. */
export async function readCatalog(on: Queryable, name: QualifiedName): Promise<PartitionCatalog> {
  const { rows } = await on.query<TableRow>(TABLE, [quoteName(name)]);
  const [table] = rows;
  if (table === undefined) throw unknownTable(name);
  const key = keyOf(table, name);
  const found = (await on.query<PartitionRow>(PARTITIONS, [table.relation])).rows;
  const fallback = found.find(({ bound }) => bound === 'DEFAULT');
  const ranges = found.filter((row) => row !== fallback);
  const defaultQuoted = fallback && quoted(fallback);
  return {
    relation: table.relation,
    name: { schema: table.schema, table: table.table },
    ...key,
    partitions: ranges.map(({ name: part, bound }) => ({ name: part, ...rangeOf(bound) })),
    ...(fallback && defaultQuoted !== undefined && { defaultPartition: fallback.name, defaultQuoted }),
    quoted: new Map(found.map((row) => [row.name, quoted(row)])),
  };
}

function keyOf(table: TableRow, name: QualifiedName): Pick<PartitionedTable, 'keyColumn' | 'keyType'> {
  const keyType = KEY_TYPES[table.key_type ?? ''];
  if (table.strategy === 'r' && table.key_columns === 1 && table.key_column !== null && keyType !== undefined) {
    return { keyColumn: table.key_column, keyType };
  }
  throw unsuitable(table, name);
}

function quoted({ schema, name }: PartitionRow): string {
  return quoteName({ schema, table: name });
}

/** Not a part of the catalogue: looking into a table takes a lock, which whoever is about to change it must not hold. */
export async function hasRows(on: Queryable, place: string): Promise<boolean> {
  const { rows } = await on.query<{ some: boolean }>(`SELECT EXISTS (SELECT FROM ${place}) AS some`);
  return rows[0]?.some === true;
}

const BOUND = /^FOR VALUES FROM \((?:'([^']+)'|MINVALUE)\) TO \((?:'([^']+)'|MAXVALUE)\)$/;

/** Partial days count as whole ones, so that nothing is created over them. */
function rangeOf(bound: string): { from?: string; until?: string } {
  const [, from, until] = BOUND.exec(bound) ?? [];
  return {
    ...(from !== undefined && from !== '-infinity' && { from: from.slice(0, 10) }),
    ...(until !== undefined && until !== 'infinity' && { until: untilDay(until) }),
  };
}

function untilDay(text: string): string {
  const day = text.slice(0, 10);
  if (/^(\d{4}-\d\d-\d\d)( 00:00:00(\.0+)?(\+00)?)?$/.test(text)) return day;
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

function unsuitable({ strategy, key_columns, key_type }: TableRow, name: QualifiedName): PenstockError {
  const why =
    strategy === null
      ? 'is not partitioned'
      : strategy !== 'r'
        ? 'is not partitioned by range'
        : key_columns !== 1
          ? 'is partitioned by more than one column'
          : `is partitioned by ${key_type ?? 'an expression'}, not by a date or timestamp`;
  return new PenstockError('table.unsuitable', `"${nameText(name)}" ${why}.`);
}
