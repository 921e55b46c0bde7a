import type { WindowDefinition, WindowState } from '../../../domain/event-pipelines/window-definition.js';
import { quoteIdentifier, quoteString } from '../../../domain/shared/sql-quoting.js';
import type { TableName } from '../../../domain/shared/table-name.js';
import { DEDUPLICATION_WINDOW, quoteTableName } from '../../../domain/stream-onboarding/create-table-statement.js';
import { type EventsTaken, isSliding, lateSelect, paneSelect } from './pane-selects.js';
import {
  markText,
  stored,
  type WindowMark,
  type WindowNames,
  type WindowRole,
  type WindowsMade,
} from './window-names.js';
import { lateViewSelect, windowViewSelect } from './window-views.js';

const MOMENT = "DateTime64(3, 'UTC')";

/** One build of an aggregation, and all that its statements need to know. */
export interface WindowBuild {
  readonly names: WindowNames;
  readonly mark: Omit<WindowMark, 'role' | 'made'>;
  readonly made: WindowsMade;
  readonly cluster: string | undefined;
}

/** Tables first, then what feeds them: from then on nothing is missed. */
export function createStatements(build: WindowBuild): string[] {
  const { names } = build;
  const { definition } = build.made;
  return [
    ...tableStatements(build, names.panes, 'panes', panesShape(definition)),
    ...tableStatements(build, names.lateRows, 'late_rows', LATE_SHAPE),
    ...tableStatements(build, names.counted, 'counted', COUNTED_SHAPE),
    gateStatement(build, 'open'),
    feedStatement(build, 'feed', paneSelect(definition, fedEvents(build))),
    feedStatement(build, 'late_feed', lateSelect(definition, fedEvents(build))),
  ];
}

/**
 * While the gate is open the feeds note the token of each insert; once it is closed they put inserts together. A view that
 * is replaced, because a feed that is altered or renamed is another one to ClickHouse: it would store repeated inserts again.
 */
export function gateStatement(build: WindowBuild, state: 'open' | 'closed'): string {
  const closed = state === 'closed' ? 1 : 0;
  return `CREATE OR REPLACE VIEW ${at(build, build.names.gate)} AS SELECT ${closed} AS closed COMMENT ${comment(build, 'gate')}`;
}

/** Takes out what the feeds had counted of the inserts that the backfill counts. */
export function forgetStatements(build: WindowBuild): string[] {
  const { names, cluster } = build;
  const counted = quoteTableName(stored(names.counted, cluster));
  return [names.panes, names.lateRows].map(
    (name) => `ALTER TABLE ${at(build, stored(name, cluster))} DELETE WHERE batch IN (SELECT batch FROM ${counted})`,
  );
}

/** Stretch of event time, in milliseconds since the epoch. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Counts the events of a stretch that came with the inserts in the list. */
export function backfillStatements(build: WindowBuild, stretch?: Stretch): string[] {
  const { names, made, cluster } = build;
  const { definition } = made;
  const counted = quoteTableName(stored(names.counted, cluster));
  const moments = (ms: number): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
  const within = stretch && `e.timestamp >= ${moments(stretch.fromMs)} AND e.timestamp < ${moments(stretch.toMs)}`;
  const where = [...(within === undefined ? [] : [within]), `e._batch IN (SELECT batch FROM ${counted})`];
  const taken = { from: quoteTableName(definition.source), where };
  const paneColumns = panesShape(definition).columns.map(([name]) => name);
  return [
    `INSERT INTO ${quoteTableName(names.panes)} (${paneColumns.join(', ')}) ` +
      `SELECT ${paneColumns.join(', ')} FROM (${paneSelect(definition, taken)})`,
    `INSERT INTO ${quoteTableName(names.lateRows)} (${LATE_COLUMNS}) ` +
      `SELECT ${LATE_COLUMNS} FROM (${lateSelect(definition, taken)})`,
  ];
}

/** How many inserts of a shard may still be repeated; the copier repeats its last one. */
const REPEATABLE_PER_SHARD = 1000;

/** Lists the inserts whose events are there; the last ones of each shard may come again. */
export function countedStatement({ names, made }: WindowBuild): string {
  return (
    `INSERT INTO ${quoteTableName(names.counted)} (batch, repeatable) SELECT batch, max(place <= ${REPEATABLE_PER_SHARD}) ` +
    'FROM (SELECT batch, row_number() OVER (PARTITION BY shard ORDER BY latest DESC) AS place FROM ' +
    '(SELECT toString(_batch) AS batch, toString(_shard) AS shard, max(_timestamp) AS latest ' +
    `FROM ${quoteTableName(made.definition.source)} GROUP BY batch, shard)) GROUP BY batch`
  );
}

/** The views that people read, all at once each; that of the windows last, because by it the build is known as done. */
export function switchStatements(build: WindowBuild): string[] {
  const { names, made } = build;
  const view = (name: TableName, role: WindowRole, select: string): string =>
    `CREATE OR REPLACE VIEW ${at(build, name)} AS ${select} COMMENT ${comment(build, role)}`;
  return [
    view(names.late, 'late', lateViewSelect(names)),
    view(names.windows, 'windows', windowViewSelect(made.definition, names)),
  ];
}

export function dropStatement(name: TableName, cluster: string | undefined): string {
  return `DROP TABLE IF EXISTS ${quoteTableName(name)}${onCluster(cluster)} SYNC`;
}

interface Shape {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly engine: 'AggregatingMergeTree' | 'MergeTree';
  readonly key: readonly string[];
  readonly indexes: readonly string[];
}

const LATE_SHAPE: Shape = {
  columns: [
    ['event_id', 'String'],
    ['timestamp', MOMENT],
    ['window_start', MOMENT],
    ['window_end', MOMENT],
    ['lateness_ms', 'Int64'],
    ['batch', 'String'],
  ],
  engine: 'MergeTree',
  key: ['timestamp', 'event_id', 'window_start'],
  indexes: [],
};
const LATE_COLUMNS = LATE_SHAPE.columns.map(([name]) => name).join(', ');

const COUNTED_SHAPE: Shape = {
  columns: [
    ['batch', 'String'],
    ['repeatable', 'UInt8'],
  ],
  engine: 'MergeTree',
  key: ['repeatable', 'batch'],
  indexes: [],
};

function panesShape(definition: WindowDefinition): Shape {
  const groups = definition.groups.map(({ type }, at) => [`group_${at}`, type] as const);
  const first = isSliding(definition) ? [['first', MOMENT] as const] : [];
  return {
    columns: [
      ['pane', MOMENT],
      ...first,
      ...groups,
      ['batch', 'String'],
      ['events', 'SimpleAggregateFunction(sum, UInt64)'],
      ...stateColumns(definition.state),
      ['changed_at', `SimpleAggregateFunction(max, ${MOMENT})`],
    ],
    engine: 'AggregatingMergeTree',
    key: ['pane', ...first.map(([name]) => name), ...groups.map(([name]) => name), 'batch'],
    indexes: ['INDEX by_change changed_at TYPE minmax GRANULARITY 1'],
  };
}

function stateColumns(state: WindowState): (readonly [string, string])[] {
  if (state.kind === 'count') return [];
  if (state.kind === 'distinct') return [['distinct_values', `AggregateFunction(uniqExact, ${state.column.type})`]];
  const total = state.of === 'whole' ? 'Int128' : 'Float64';
  return [
    ['present', 'SimpleAggregateFunction(sum, UInt64)'],
    ['total', `SimpleAggregateFunction(sum, ${total})`],
  ];
}

/** Tokens of repeated inserts reach them through the feeds, so they remember as many of them as the source does. */
function tableStatements(build: WindowBuild, name: TableName, role: WindowRole, shape: Shape): string[] {
  const { cluster } = build;
  const columns = [...shape.columns.map(([column, type]) => `${column} ${type}`), ...shape.indexes].join(', ');
  const window = cluster === undefined ? 'non_replicated_deduplication_window' : 'replicated_deduplication_window';
  const engine = `${cluster === undefined ? '' : 'Replicated'}${shape.engine}`;
  const table =
    `CREATE TABLE ${at(build, stored(name, cluster))} (${columns}) ENGINE = ${engine} ORDER BY (${shape.key.join(', ')})` +
    ` SETTINGS ${window} = ${DEDUPLICATION_WINDOW}, allow_nullable_key = 1 COMMENT ${comment(build, role)}`;
  if (cluster === undefined) return [table];
  const local = stored(name, cluster);
  const target = [cluster, local.database, local.table].map(quoteString).join(', ');
  return [
    table,
    `CREATE TABLE ${at(build, name)} AS ${quoteTableName(local)} ENGINE = Distributed(${target}) COMMENT ${comment(build, role)}`,
  ];
}

function feedStatement(build: WindowBuild, role: 'feed' | 'late_feed', select: string): string {
  const { names, cluster } = build;
  const [name, target] = role === 'feed' ? [names.feed, names.panes] : [names.lateFeed, names.lateRows];
  const to = quoteTableName(stored(target, cluster));
  return `CREATE MATERIALIZED VIEW ${at(build, name)} TO ${to} AS ${select} COMMENT ${comment(build, role)}`;
}

/** What the feeds take: everything but inserts that the backfill counts, which may be repeated. */
function fedEvents({ names, made, cluster }: WindowBuild): EventsTaken {
  const counted = quoteTableName(stored(names.counted, cluster));
  return {
    from: quoteTableName(stored(made.definition.source, cluster)),
    batch: `if((SELECT closed FROM ${quoteTableName(names.gate)}) = 1, '', toString(e._batch))`,
    where: [`e._batch NOT IN (SELECT batch FROM ${counted} WHERE repeatable)`],
  };
}

const at = ({ cluster }: WindowBuild, name: TableName): string => quoteTableName(name) + onCluster(cluster);
const comment = ({ mark, made }: WindowBuild, role: WindowRole): string =>
  quoteString(markText({ ...mark, role, ...(role === 'windows' && { made }) }));
const onCluster = (cluster: string | undefined): string =>
  cluster === undefined ? '' : ` ON CLUSTER ${quoteIdentifier(cluster)}`;
