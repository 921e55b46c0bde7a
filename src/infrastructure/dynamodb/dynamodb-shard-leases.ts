import { PenstockError } from '../../domain/errors.js';
import type { LeaseWrite, NewLease, ShardLeases } from '../../domain/ports/shard-leases.port.js';
import type { Lease } from '../../domain/stream-onboarding/lease.js';
import type { DynamodbStore } from './dynamodb-store.js';
import { type Item, number, text } from './item.js';
import { checkpointText, fromLeaseItem, leaseKeys, progressItem } from './lease-item.js';

const KEYS = { hash: 'leaseGroup', range: 'leaseKey' };
/** One step of the counters, in every expression. */
const ONE = { ':one': number(1) };
const COUNT = 'leaseCounter = leaseCounter + :one';
const FENCE = 'leaseOwner = :owner AND leaseEpoch = :epoch';

/**
 * Leases as items of one DynamoDB table, in the columns of the Kinesis Client Library. Besides its `leaseCounter` an item
 * has a `leaseEpoch`, which counts owners: owner and epoch together are the fence, so that a renewal and a checkpoint of
 * the same owner need not wait for one another.
 */
export class DynamodbShardLeases implements ShardLeases {
  constructor(
    private readonly store: DynamodbStore,
    private readonly table: string,
  ) {}

  async list(connectorId: string): Promise<Lease[]> {
    const items = await (
      await this.ready()
    ).query({
      TableName: this.table,
      KeyConditionExpression: 'leaseGroup = :group',
      ExpressionAttributeValues: { ':group': text(connectorId) },
    });
    return items.map(fromLeaseItem);
  }

  async create({ connectorId, shardId, parentShardIds }: NewLease): Promise<void> {
    const Item: Item = {
      ...leaseKeys(connectorId, shardId),
      leaseCounter: number(0),
      leaseEpoch: number(0),
      ownerSwitchesSinceCheckpoint: number(0),
      checkpoint: text(checkpointText('AT_START')),
      checkpointSubSequenceNumber: number(0),
      ...(parentShardIds.length > 0 && { parentShardId: { SS: [...parentShardIds] } }),
    };
    const store = await this.ready();
    await store.put({ TableName: this.table, Item, ConditionExpression: 'attribute_not_exists(leaseKey)' });
  }

  async take(seen: Lease, owner: string): Promise<Lease | undefined> {
    const same = seen.owner === undefined ? 'attribute_not_exists(leaseOwner)' : 'leaseOwner = :seen';
    const item = await (
      await this.ready()
    ).update({
      TableName: this.table,
      Key: leaseKeys(seen.connectorId, seen.shardId),
      UpdateExpression: `SET leaseOwner = :owner, ${COUNT}, leaseEpoch = leaseEpoch + :one,
        ownerSwitchesSinceCheckpoint = ownerSwitchesSinceCheckpoint + :one`,
      ConditionExpression: `leaseCounter = :counter AND leaseEpoch = :epoch AND ${same}`,
      ExpressionAttributeValues: {
        ...ONE,
        ':owner': text(owner),
        ':counter': number(seen.counter),
        ':epoch': number(seen.epoch),
        ...(seen.owner !== undefined && { ':seen': text(seen.owner) }),
      },
    });
    return item && fromLeaseItem(item);
  }

  async write(held: Lease, change: LeaseWrite): Promise<Lease> {
    const { sets, removes, values } = expressions(change);
    const item = await (
      await this.ready()
    ).update({
      TableName: this.table,
      Key: leaseKeys(held.connectorId, held.shardId),
      UpdateExpression: `SET ${[COUNT, ...sets].join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
      ConditionExpression: FENCE,
      ExpressionAttributeValues: { ...ONE, ...fence(held), ...values },
    });
    if (item === undefined) throw new PenstockError('lease.lost', `The lease of ${held.shardId} has another owner.`);
    return fromLeaseItem(item);
  }

  async release(held: Lease): Promise<void> {
    await (
      await this.ready()
    ).update({
      TableName: this.table,
      Key: leaseKeys(held.connectorId, held.shardId),
      UpdateExpression: `SET ${COUNT} REMOVE leaseOwner`,
      ConditionExpression: FENCE,
      ExpressionAttributeValues: { ...ONE, ...fence(held) },
    });
  }

  async remove(connectorId: string, shardIds: readonly string[]): Promise<void> {
    const store = await this.ready();
    for (const shardId of shardIds) await store.delete({ TableName: this.table, Key: leaseKeys(connectorId, shardId) });
  }

  private async ready(): Promise<DynamodbStore> {
    await this.store.ensureTable(this.table, KEYS);
    return this.store;
  }
}

const fence = (held: Lease): Item => ({ ':owner': text(held.owner ?? ''), ':epoch': number(held.epoch) });

const PENDING = ['pendingFirst', 'pendingLast', 'pendingRecords'];

function expressions({ checkpoint, pending, progress }: LeaseWrite): {
  sets: string[];
  removes: string[];
  values: Item;
} {
  const sets: string[] = [];
  const values: Item = {};
  if (checkpoint !== undefined) {
    sets.push(
      'checkpoint = :checkpoint',
      'checkpointSubSequenceNumber = :zero',
      'ownerSwitchesSinceCheckpoint = :zero',
    );
    Object.assign(values, { ':checkpoint': text(checkpointText(checkpoint)), ':zero': number(0) });
  }
  if (pending) {
    sets.push(...PENDING.map((name) => `${name} = :${name}`));
    const { first, last, records } = pending;
    Object.assign(values, {
      ':pendingFirst': text(first),
      ':pendingLast': text(last),
      ':pendingRecords': number(records),
    });
  }
  if (progress !== undefined) {
    sets.push('progress = :progress');
    values[':progress'] = { M: progressItem(progress) };
  }
  return { sets, removes: pending === null ? PENDING : [], values };
}
