import type { MinuteRollup } from '../../domain/ports/warehouse-rollups.port.js';
import { quoteIdentifier, quoteString } from '../../domain/shared/sql-quoting.js';
import type { TableName } from '../../domain/shared/table-name.js';
import { DEDUPLICATION_WINDOW, quoteTableName } from '../../domain/stream-onboarding/create-table-statement.js';
import { localName } from './table-definitions.js';

/** The objects behind a rollup: the counts, what feeds them with every insert, and the view that is read. */
export interface RollupNames {
  readonly counts: TableName;
  readonly feed: TableName;
  readonly view: TableName;
}

export function rollupNames({ view }: MinuteRollup): RollupNames {
  const beside = (suffix: string): TableName => ({ database: view.database, table: `${view.table}_${suffix}` });
  return { counts: beside('counts'), feed: beside('feed'), view };
}

/**
 * The statements that make a rollup, in order; each bears repetition. On a cluster every shard counts the rows it stores,
 * and the view adds them up over a distributed table.
 */
export function rollupStatements(rollup: MinuteRollup, comment: string, cluster: string | undefined): string[] {
  const { counts, feed, view } = rollupNames(rollup);
  const on = onCluster(cluster);
  const stored = cluster === undefined ? counts : localName(counts);
  const source = quoteTableName(cluster === undefined ? rollup.source : localName(rollup.source));
  const minute = `toStartOfMinute(${quoteIdentifier(rollup.timeColumn)}) AS minute`;
  const group = quoteIdentifier(rollup.groupColumn);
  return [
    // Tokens of repeated inserts reach it through the feed, so it remembers as many of them as the source does.
    `CREATE TABLE IF NOT EXISTS ${quoteTableName(stored)}${on} ${countsEngine(cluster)}(events) ORDER BY (minute, ${group})` +
      ` SETTINGS ${countsWindow(cluster)} = ${DEDUPLICATION_WINDOW}, allow_nullable_key = 1` +
      ` EMPTY AS SELECT ${minute}, ${group}, toUInt64(1) AS events FROM ${source} COMMENT ${quoteString(comment)}`,
    ...(cluster === undefined ? [] : [distributedCounts(counts, cluster, comment)]),
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${quoteTableName(feed)}${on} TO ${quoteTableName(stored)}` +
      ` AS SELECT ${minute}, ${group}, count() AS events FROM ${source} GROUP BY 1, 2`,
    // Rows of the counts are merged some time later, so that whoever reads them has to add them up.
    `CREATE VIEW IF NOT EXISTS ${quoteTableName(view)}${on}` +
      ` AS SELECT minute, ${group}, sum(c.events) AS events FROM ${quoteTableName(counts)} AS c GROUP BY 1, 2`,
  ];
}

/** The statements that remove a rollup: first what feeds it, so that nothing is fed into what is gone. */
export function dropStatements(rollup: MinuteRollup, cluster: string | undefined): string[] {
  const { counts, feed, view } = rollupNames(rollup);
  const stored = cluster === undefined ? [] : [localName(counts)];
  return [feed, view, counts, ...stored].map(
    (name) => `DROP TABLE IF EXISTS ${quoteTableName(name)}${onCluster(cluster)} SYNC`,
  );
}

function distributedCounts(counts: TableName, cluster: string, comment: string): string {
  const local = localName(counts);
  const target = [cluster, local.database, local.table].map(quoteString).join(', ');
  return (
    `CREATE TABLE IF NOT EXISTS ${quoteTableName(counts)}${onCluster(cluster)} AS ${quoteTableName(local)}` +
    ` ENGINE = Distributed(${target}) COMMENT ${quoteString(comment)}`
  );
}

function countsEngine(cluster: string | undefined): string {
  return `ENGINE = ${cluster === undefined ? 'SummingMergeTree' : 'ReplicatedSummingMergeTree'}`;
}

function countsWindow(cluster: string | undefined): string {
  return cluster === undefined ? 'non_replicated_deduplication_window' : 'replicated_deduplication_window';
}

function onCluster(cluster: string | undefined): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoteIdentifier(cluster)}`;
}
