import type { ConnectorView, ShardView } from '../../../domain/stream-onboarding/connector-view.js';
import { textRecord, textTable } from '../text-table.js';

export function connectorsText(connectors: readonly ConnectorView[]): string[] {
  if (connectors.length === 0) return ['There are no connectors.'];
  const head = ['connector', 'stream', 'table', 'state', 'rows', 'lag ms', 'dead letters', 'stalled'];
  const rows = connectors.map((connector) => {
    const { id, streamName, databaseName, tableName, state, lagMs, deadLetters, stalled } = connector;
    return [id, streamName, `${databaseName}.${tableName}`, state, connector.rows, lagMs, deadLetters, stalled];
  });
  return textTable(head, rows);
}

/** A connector as a whole, then shard by shard. */
export function connectorText(connector: ConnectorView): string[] {
  const { shards } = connector;
  return shards.length === 0 ? recordText(connector) : [...recordText(connector), '', ...shardsText(shards)];
}

function recordText(connector: ConnectorView): string[] {
  const { id, streamARN, state, databaseName, tableName, startFrom, onNewField, createdOn } = connector;
  const { tableUUID, rows, bytes, deadLetters, lagRecords, lagMs, lastFlushAt, stalled } = connector;
  const { format, duplicates, watermark } = connector;
  return textRecord({
    connector: id,
    state,
    stream: streamARN,
    table: `${databaseName}.${tableName}`,
    'table uuid': tableUUID,
    'sort key': connector.orderBy.join(', ') || 'none',
    'starts from': startFrom,
    format,
    'new fields': onNewField,
    created: createdOn,
    rows,
    bytes,
    'dead letters': deadLetters,
    'duplicates left out': duplicates,
    watermark,
    'lag, records': lagRecords,
    'lag, ms': lagMs,
    'last flush': lastFlushAt,
    stalled,
  });
}

function shardsText(shards: readonly ShardView[]): string[] {
  const isOfEvents = shards.some(({ watermark }) => watermark !== undefined);
  const head = ['shard', 'owner', 'rows', 'lag records', 'lag ms', 'dead letters', 'flushed', 'why', 'checkpoint'];
  const rows = shards.map(({ shardId, owner, checkpoint, stalled, lastFlushAt, lastFlushReason, ...counts }) => {
    const lag = [counts.rows, counts.lagRecords, counts.lagMs, counts.deadLetters];
    const watermark = isOfEvents ? [counts.watermark] : [];
    return [shardId, owner, ...lag, lastFlushAt, lastFlushReason, checkpoint, ...watermark, stalled];
  });
  return textTable([...head, ...(isOfEvents ? ['watermark'] : []), 'stalled'], rows);
}
