import { type Fault, PenstockError } from '../errors.js';

/** The engines that batches are written to. */
export const SINK_ENGINES = ['clickhouse', 'postgres'] as const;
export type SinkEngine = (typeof SINK_ENGINES)[number];

/** The words of the document for what a column holds. */
export const SINK_COLUMN_TYPES = [
  'string',
  'int',
  'long',
  'float',
  'double',
  'boolean',
  'timestamp',
  'datetime',
  'date',
] as const;
export type SinkColumnType = (typeof SINK_COLUMN_TYPES)[number];

/**
 * What each is in each engine. Those of ClickHouse are the document's; those of PostgreSQL take whatever ClickHouse's do,
 * so that a batch fits both. docs/sinks.md shows the same table; a test keeps the two in step.
 */
export const SINK_TYPES: Readonly<Record<SinkColumnType, Readonly<Record<SinkEngine, string>>>> = {
  string: { clickhouse: 'String', postgres: 'text' },
  int: { clickhouse: 'Int64', postgres: 'bigint' },
  long: { clickhouse: 'Int64', postgres: 'bigint' },
  float: { clickhouse: 'Float64', postgres: 'double precision' },
  double: { clickhouse: 'Float64', postgres: 'double precision' },
  boolean: { clickhouse: 'UInt8', postgres: 'boolean' },
  timestamp: { clickhouse: 'DateTime', postgres: 'timestamp with time zone' },
  datetime: { clickhouse: 'DateTime', postgres: 'timestamp with time zone' },
  date: { clickhouse: 'Date', postgres: 'date' },
};

export interface SinkColumn {
  readonly name: string;
  readonly type: SinkColumnType;
  /** Unset: as the engine does it by itself, nullable in PostgreSQL besides the primary key, and not in ClickHouse. */
  readonly nullable?: boolean;
}

/** A table as the document describes it. */
export interface SinkSchema {
  readonly columns: readonly SinkColumn[];
  /** How ClickHouse sorts rows; in PostgreSQL an index. */
  readonly orderBy?: readonly string[];
  /** In PostgreSQL rows of the same key are one row, the latest; in ClickHouse the order, where none is given. */
  readonly primaryKey?: string | readonly string[];
}

const MOST_COLUMNS = 1000;
/** Of PostgreSQL, in bytes; longer ones would be cut off without a word. */
const LONGEST_NAME = 63;

export const keyOf = ({ primaryKey = [] }: SinkSchema): readonly string[] =>
  typeof primaryKey === 'string' ? [primaryKey] : primaryKey;

/** @throws PenstockError `schema.invalid` with a fault for each thing that is wrong */
export function checkSinkSchema(schema: SinkSchema): void {
  const { columns, orderBy = [] } = schema;
  const names = columns.map(({ name }) => name);
  const faults: Fault[] = names.flatMap((name, index) => nameFaults(name, `columns.${index}.name`, names));
  if (names.length === 0 || names.length > MOST_COLUMNS) {
    faults.push({ path: 'columns', message: `must be 1 to ${MOST_COLUMNS}` });
  }
  for (const [path, keys] of [['orderBy', orderBy] as const, ['primaryKey', keyOf(schema)] as const]) {
    for (const key of keys) {
      const column = columns.find(({ name }) => name === key);
      if (column === undefined) faults.push({ path, message: 'names a column that is not there' });
      else if (column.nullable === true) faults.push({ path, message: 'names a column that may be null' });
    }
  }
  if (faults.length > 0)
    throw new PenstockError('schema.invalid', 'The table cannot be made as described.', { faults });
}

function nameFaults(name: string, path: string, names: readonly string[]): Fault[] {
  const isTold = name !== '' && !name.includes('\0') && new TextEncoder().encode(name).length <= LONGEST_NAME;
  if (!isTold) return [{ path, message: `must be a name of 1 to ${LONGEST_NAME} bytes` }];
  return names.filter((each) => each === name).length > 1 ? [{ path, message: 'is there twice' }] : [];
}

/** `table`, or `namespace.table`: a database of ClickHouse, a schema of PostgreSQL. @throws PenstockError `identifier.invalid` */
export function sinkTableName(text: string, namespace: string): { readonly namespace: string; readonly table: string } {
  const parts = text.split('.');
  const [table = '', own = namespace] = parts.toReversed();
  const isRight = parts.length <= 2 && nameFaults(table, '', []).length === 0 && nameFaults(own, '', []).length === 0;
  if (isRight) return { namespace: own, table };
  throw new PenstockError('identifier.invalid', 'The name of a table is `table` or `database.table`.');
}
