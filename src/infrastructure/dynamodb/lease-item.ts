import type { LeaseWrite, NewLease } from '../../domain/ports/shard-leases.port.js';
import type { Checkpoint, Lease, PendingRange } from '../../domain/stream-onboarding/lease.js';
import { fromMap, type Item, number, readNumber, readText, text, toMap } from './attributes.js';

/**
 * A lease as an item. `leaseKey`, `leaseOwner`, `leaseCounter`, `checkpoint`, `checkpointSubSequenceNumber`,
 * `parentShardId` and `ownerSwitchesSinceCheckpoint` are the Kinesis Client Library's, with its words for a shard's
 * ends; the others are ours.
 */
export const LEASE_KEYS = { hash: 'leaseGroup', range: 'leaseKey' } as const;

const AT_START = 'TRIM_HORIZON';
const SHARD_END = 'SHARD_END';

export function leaseKey(connectorId: string, shardId: string): Item {
  return { leaseGroup: text(connectorId), leaseKey: text(shardId) };
}

export function newLeaseItem({ connectorId, shardId, parentShardIds }: NewLease): Item {
  return {
    ...leaseKey(connectorId, shardId),
    leaseCounter: number(0),
    leaseEpoch: number(0),
    checkpoint: text(AT_START),
    checkpointSubSequenceNumber: number(0),
    ownerSwitchesSinceCheckpoint: number(0),
    progress: toMap({ rows: 0, bytes: 0, deadLetters: 0 }),
    ...(parentShardIds.length === 0 ? {} : { parentShardId: { SS: [...parentShardIds] } }),
  };
}

export function fromLeaseItem(item: Item): Lease {
  const owner = item['leaseOwner']?.S;
  const pending = pendingOf(item);
  const watermarkMs = item['watermarkMs']?.N;
  return {
    connectorId: readText(item, 'leaseGroup'),
    shardId: readText(item, 'leaseKey'),
    parentShardIds: item['parentShardId']?.SS ?? [],
    checkpoint: checkpointOf(readText(item, 'checkpoint')),
    ...(pending === undefined ? {} : { pending }),
    ...(watermarkMs === undefined ? {} : { watermarkMs: Number(watermarkMs) }),
    ...(owner === undefined ? {} : { owner }),
    counter: readNumber(item, 'leaseCounter'),
    epoch: readNumber(item, 'leaseEpoch'),
    progress: { rows: 0, bytes: 0, deadLetters: 0, ...fromMap(item['progress']) },
  };
}

/** What a write sets and removes, as attributes. */
export function leaseChanges(write: LeaseWrite): { set: Item; remove: string[] } {
  const { checkpoint, pending, progress, watermarkMs } = write;
  const set: Item = {};
  if (checkpoint !== undefined) {
    set['checkpoint'] = text(checkpointText(checkpoint));
    set['ownerSwitchesSinceCheckpoint'] = number(0);
  }
  if (progress !== undefined) set['progress'] = toMap({ ...progress });
  if (watermarkMs !== undefined) set['watermarkMs'] = number(watermarkMs);
  if (pending === null) return { set, remove: [...PENDING_ATTRIBUTES] };
  return { set: pending === undefined ? set : { ...set, ...pendingAttributes(pending) }, remove: [] };
}

const PENDING_ATTRIBUTES = ['pendingFirst', 'pendingLast', 'pendingRecords', 'pendingWatermarkMs'] as const;

function pendingAttributes({ first, last, records, watermarkMs }: PendingRange): Item {
  return {
    pendingFirst: text(first),
    pendingLast: text(last),
    pendingRecords: number(records),
    ...(watermarkMs === undefined ? {} : { pendingWatermarkMs: number(watermarkMs) }),
  };
}

function checkpointText(checkpoint: Checkpoint): string {
  if (checkpoint === 'AT_START') return AT_START;
  return checkpoint === 'SHARD_END' ? SHARD_END : checkpoint.sequenceNumber;
}

function checkpointOf(written: string): Checkpoint {
  if (written === AT_START) return 'AT_START';
  return written === SHARD_END ? 'SHARD_END' : { sequenceNumber: written };
}

function pendingOf(item: Item): PendingRange | undefined {
  const first = item['pendingFirst']?.S;
  const last = item['pendingLast']?.S;
  if (first === undefined || last === undefined) return undefined;
  const watermarkMs = item['pendingWatermarkMs']?.N;
  return {
    first,
    last,
    records: readNumber(item, 'pendingRecords'),
    ...(watermarkMs === undefined ? {} : { watermarkMs: Number(watermarkMs) }),
  };
}
