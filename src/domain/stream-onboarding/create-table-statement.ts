import type { TableName } from '../shared/table-name.js';
import { quoteIdentifier, quoteString } from '../shared/sql-quoting.js';
import { checkTableDefinition, type TableStatementDefinition } from './check-table-definition.js';

/** How many insert tokens a table remembers: the time in which a batch can be repeated without being stored twice. */
export const DEDUPLICATION_WINDOW = 10_000;

/**
 * The statement that makes the table of a stream: every insert into it is deduplicated by its token.
 *
 * @throws PenstockError `identifier.invalid`, `schema.invalid` with a fault per wrong field
 */
export function createTableStatement(definition: TableStatementDefinition): string {
  checkTableDefinition(definition);
  const { name, columns, orderBy, comment, cluster } = definition;
  const list = columns.map((column) => `${quoteIdentifier(column.name)} ${column.type.trim()}`).join(', ');
  const engine = cluster === undefined ? 'MergeTree()' : 'ReplicatedMergeTree()';
  const window = cluster === undefined ? 'non_replicated_deduplication_window' : 'replicated_deduplication_window';
  return (
    `CREATE TABLE ${quoteTableName(name)}${onCluster(cluster)}(${list}) ENGINE = ${engine} ${sortKey(orderBy)}` +
    ` SETTINGS ${window} = ${DEDUPLICATION_WINDOW} COMMENT ${quoteString(comment)}`
  );
}

/**
 * The table over all shards of a cluster, in front of the replicated ones. Rows are spread by their own values and never
 * by chance: a batch that is repeated must send every row to the shard that has seen its token.
 */
export function distributedTableStatement(
  definition: TableStatementDefinition & { cluster: string },
  local: TableName,
): string {
  checkTableDefinition(definition);
  const { name, columns, orderBy, comment, cluster } = definition;
  const spreadBy = orderBy.length > 0 ? orderBy : columns.map((column) => column.name);
  const target = [cluster, local.database, local.table].map(quoteString).join(', ');
  return (
    `CREATE TABLE ${quoteTableName(name)}${onCluster(cluster)} AS ${quoteTableName(local)}` +
    ` ENGINE = Distributed(${target}, cityHash64(${spreadBy.map(quoteIdentifier).join(', ')})) COMMENT ${quoteString(comment)}`
  );
}

/** `database.table`, each quoted where it must be. */
export function quoteTableName({ database, table }: TableName): string {
  return `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
}

function onCluster(cluster: string | undefined): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoteIdentifier(cluster)}`;
}

function sortKey(orderBy: readonly string[]): string {
  const keys = orderBy.map(quoteIdentifier).join(', ');
  if (orderBy.length === 0) return 'ORDER BY tuple()';
  return orderBy.length === 1 ? `PRIMARY KEY ${keys}` : `PRIMARY KEY (${keys})`;
}
