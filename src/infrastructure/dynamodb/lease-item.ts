import type {
  Checkpoint,
  FlushReason,
  Lease,
  LeaseProgress,
  PendingRange,
} from '../../domain/stream-onboarding/lease.js';
import { type Item, number, numberOf, requiredText, text, textOf, textsOf } from './item.js';

/** In the Kinesis Client Library's words: nothing copied yet, and everything. */
const AT_START = 'TRIM_HORIZON';
const SHARD_END = 'SHARD_END';

export function leaseKeys(connectorId: string, shardId: string): Item {
  return { leaseGroup: text(connectorId), leaseKey: text(shardId) };
}

export function checkpointText(checkpoint: Checkpoint): string {
  if (typeof checkpoint === 'object') return checkpoint.sequenceNumber;
  return checkpoint === 'AT_START' ? AT_START : SHARD_END;
}

function checkpointOf(item: Item): Checkpoint {
  const value = textOf(item, 'checkpoint') ?? AT_START;
  if (value === AT_START) return 'AT_START';
  return value === SHARD_END ? 'SHARD_END' : { sequenceNumber: value };
}

function pendingOf(item: Item): PendingRange | undefined {
  const first = textOf(item, 'pendingFirst');
  const last = textOf(item, 'pendingLast');
  return first === undefined || last === undefined
    ? undefined
    : { first, last, records: numberOf(item, 'pendingRecords') ?? 0 };
}

export function progressItem(progress: LeaseProgress): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(progress)) {
    if (typeof value === 'number') item[name] = number(value);
    if (typeof value === 'string') item[name] = text(value);
  }
  return item;
}

function progressOf(item: Item): LeaseProgress {
  const report = item['progress']?.M ?? {};
  const optional = <K extends keyof LeaseProgress>(name: K, value: LeaseProgress[K] | undefined) =>
    value === undefined ? {} : { [name]: value };
  return {
    rows: numberOf(report, 'rows') ?? 0,
    bytes: numberOf(report, 'bytes') ?? 0,
    deadLetters: numberOf(report, 'deadLetters') ?? 0,
    ...optional('lagMs', numberOf(report, 'lagMs')),
    ...optional('lagRecords', numberOf(report, 'lagRecords')),
    ...optional('lastFlushAtMs', numberOf(report, 'lastFlushAtMs')),
    ...optional('lastFlushReason', textOf(report, 'lastFlushReason') as FlushReason | undefined), // written by us
    ...optional('stalled', textOf(report, 'stalled')),
  };
}

export function fromLeaseItem(item: Item): Lease {
  const owner = textOf(item, 'leaseOwner');
  const pending = pendingOf(item);
  return {
    connectorId: requiredText(item, 'leaseGroup'),
    shardId: requiredText(item, 'leaseKey'),
    parentShardIds: textsOf(item, 'parentShardId'),
    checkpoint: checkpointOf(item),
    ...(pending && { pending }),
    ...(owner !== undefined && { owner }),
    counter: numberOf(item, 'leaseCounter') ?? 0,
    epoch: numberOf(item, 'leaseEpoch') ?? 0,
    progress: progressOf(item),
  };
}
