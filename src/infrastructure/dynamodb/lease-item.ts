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
  return {
    connectorId: readText(item, 'leaseGroup'),
    shardId: readText(item, 'leaseKey'),
    parentShardIds: item['parentShardId']?.SS ?? [],
    checkpoint: checkpointOf(readText(item, 'checkpoint')),
    ...(pending === undefined ? {} : { pending }),
    ...(owner === undefined ? {} : { owner }),
    counter: readNumber(item, 'leaseCounter'),
    epoch: readNumber(item, 'leaseEpoch'),
    progress: { rows: 0, bytes: 0, deadLetters: 0, ...fromMap(item['progress']) },
  };
}

/** What a write sets and removes, as attributes. */
export function leaseChanges({ checkpoint, pending, progress }: LeaseWrite): { set: Item; remove: string[] } {
  const set: Item = {};
  if (checkpoint !== undefined) {
    set['checkpoint'] = text(checkpointText(checkpoint));
    set['ownerSwitchesSinceCheckpoint'] = number(0);
  }
  if (progress !== undefined) set['progress'] = toMap({ ...progress });
  if (pending === null) return { set, remove: ['pendingFirst', 'pendingLast', 'pendingRecords'] };
  if (pending !== undefined) {
    set['pendingFirst'] = text(pending.first);
    set['pendingLast'] = text(pending.last);
    set['pendingRecords'] = number(pending.records);
  }
  return { set, remove: [] };
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
  return { first, last, records: readNumber(item, 'pendingRecords') };
}
