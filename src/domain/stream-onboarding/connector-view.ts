import type { Column } from '../shared/column.js';
import type { Connector } from './connector.js';
import type { Lease } from './lease.js';
import { lowestWatermark } from './event-watermark.js';
import { describeStartFrom } from './start-from.js';

/** A shard of a connector, for people. */
export interface ShardView {
  readonly shardId: string;
  /** `AT_START`, `SHARD_END`, or the sequence number up to which all is copied. */
  readonly checkpoint: string;
  /** The worker that copies it now. */
  readonly owner?: string;
  readonly rows: number;
  readonly bytes: number;
  readonly deadLetters: number;
  /** Of events: those that were published again, and left out. */
  readonly duplicates?: number;
  /** Of events: the latest event time up to the checkpoint. */
  readonly watermark?: string;
  readonly lagRecords?: number;
  readonly lagMs?: number;
  readonly lastFlushAt?: string;
  readonly lastFlushReason?: string;
  readonly stalled?: string;
}

/** A connector and how it is doing, for people. */
export interface ConnectorView {
  readonly id: string;
  readonly streamName: string;
  readonly streamARN: string;
  readonly databaseName: string;
  readonly tableName: string;
  readonly tableUUID?: string;
  readonly schema: readonly Column[];
  readonly orderBy: readonly string[];
  readonly startFrom: string;
  readonly onNewField: string;
  /** What the records are. */
  readonly format: 'json' | 'avro';
  readonly state: string;
  readonly createdOn: string;
  readonly rows: number;
  readonly bytes: number;
  readonly deadLetters: number;
  /** Of events: those that were published again, and left out. */
  readonly duplicates?: number;
  /** Of events: the lowest of the shards that are still read; events behind it may still come. */
  readonly watermark?: string;
  /** Of all shards together, where they told. */
  readonly lagRecords?: number;
  /** Of the shard that is furthest behind. */
  readonly lagMs?: number;
  readonly lastFlushAt?: string;
  /** Why at least one shard does not advance. */
  readonly stalled?: string;
  readonly shards: readonly ShardView[];
}

export function connectorView(connector: Connector, leases: readonly Lease[]): ConnectorView {
  const { id, streamName, orderBy, onNewField, state, target, tableUuid } = connector;
  return {
    id,
    streamName,
    streamARN: connector.streamArn,
    databaseName: target.database,
    tableName: target.table,
    ...(tableUuid !== undefined && { tableUUID: tableUuid }),
    schema: connector.columns,
    orderBy,
    startFrom: describeStartFrom(connector.startFrom),
    onNewField,
    format: connector.events?.format ?? 'json',
    state,
    createdOn: new Date(connector.createdAtMs).toISOString(),
    ...totals(leases),
    shards: leases.map(shardView),
  };
}

type Totals = Pick<
  ConnectorView,
  'rows' | 'bytes' | 'deadLetters' | 'duplicates' | 'watermark' | 'lagRecords' | 'lagMs' | 'lastFlushAt' | 'stalled'
>;

function totals(leases: readonly Lease[]): Totals {
  const progress = leases.map((lease) => lease.progress);
  const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
  const lagRecords = known(progress.map((shard) => shard.lagRecords));
  const lagMs = known(progress.map((shard) => shard.lagMs));
  const flushes = known(progress.map((shard) => shard.lastFlushAtMs));
  const duplicates = known(progress.map((shard) => shard.duplicates));
  const watermark = lowestWatermark(leases);
  const stalled = progress.find((shard) => shard.stalled !== undefined)?.stalled;
  return {
    rows: sum(progress.map(({ rows }) => rows)),
    bytes: sum(progress.map(({ bytes }) => bytes)),
    deadLetters: sum(progress.map(({ deadLetters }) => deadLetters)),
    ...(duplicates.length > 0 && { duplicates: sum(duplicates) }),
    ...(watermark !== undefined && { watermark: new Date(watermark).toISOString() }),
    ...(lagRecords.length > 0 && { lagRecords: sum(lagRecords) }),
    ...(lagMs.length > 0 && { lagMs: Math.max(...lagMs) }),
    ...(flushes.length > 0 && { lastFlushAt: new Date(Math.max(...flushes)).toISOString() }),
    ...(stalled !== undefined && { stalled }),
  };
}

function shardView({ shardId, checkpoint, owner, progress, watermarkMs }: Lease): ShardView {
  const { lastFlushAtMs, ...rest } = progress;
  return {
    shardId,
    checkpoint: typeof checkpoint === 'string' ? checkpoint : checkpoint.sequenceNumber,
    ...(owner !== undefined && { owner }),
    ...rest,
    ...(watermarkMs !== undefined && { watermark: new Date(watermarkMs).toISOString() }),
    ...(lastFlushAtMs !== undefined && { lastFlushAt: new Date(lastFlushAtMs).toISOString() }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
