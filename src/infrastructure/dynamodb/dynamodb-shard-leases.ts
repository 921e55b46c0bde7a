import pLimit from 'p-limit';
import { PenstockError } from '../../domain/errors.js';
import type { LeaseWrite, NewLease, ShardLeases } from '../../domain/ports/shard-leases.port.js';
import type { Lease } from '../../domain/stream-onboarding/lease.js';
import { type Item, number, text } from './attributes.js';
import { isConditionFailure } from './dynamodb-errors.js';
import type { DynamodbTables } from './dynamodb-tables.js';
import { fromLeaseItem, LEASE_KEYS, leaseChanges, leaseKey, newLeaseItem } from './lease-item.js';
import { type ConditionalUpdate, updateExpression } from './update-expression.js';

const PARALLEL_REMOVALS = 8;
/** Writes of one owner that cross one another, before it is a defect. */
const MAX_CROSSINGS = 10;
const WHAT = 'leases';

/**
 * Leases in DynamoDB. Each write names the counter it was made from, so that a request that was delayed on its way, and
 * repeated by the SDK meanwhile, can no longer overwrite what was written after it.
 */
export class DynamodbShardLeases implements ShardLeases {
  constructor(
    private readonly tables: DynamodbTables,
    private readonly table: string,
  ) {}

  async list(connectorId: string): Promise<Lease[]> {
    const { QueryCommand } = await import('@aws-sdk/client-dynamodb');
    return this.tables.use(this.keys, WHAT, async (client) => {
      const items: Item[] = [];
      let start: Item | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: this.table,
            ConsistentRead: true,
            KeyConditionExpression: 'leaseGroup = :group',
            ExpressionAttributeValues: { ':group': text(connectorId) },
            ExclusiveStartKey: start,
          }),
        );
        items.push(...(page.Items ?? []));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return items.map(fromLeaseItem);
    });
  }

  async create(lease: NewLease): Promise<void> {
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    await this.tables.use(this.keys, WHAT, async (client) => {
      const command = new PutItemCommand({
        TableName: this.table,
        Item: newLeaseItem(lease),
        ConditionExpression: 'attribute_not_exists(leaseKey)',
      });
      await client.send(command).catch((cause: unknown) => {
        if (!isConditionFailure(cause)) throw cause;
      });
    });
  }

  async take(seen: Lease, owner: string): Promise<Lease | undefined> {
    const counter = seen.counter + 1;
    const epoch = seen.epoch + 1;
    const taken = await this.update(seen, {
      set: {
        leaseOwner: text(owner),
        leaseCounter: number(counter),
        leaseEpoch: number(epoch),
      },
      add: { ownerSwitchesSinceCheckpoint: number(1) },
      expect: {
        leaseOwner: seen.owner === undefined ? undefined : text(seen.owner),
        leaseCounter: number(seen.counter),
        leaseEpoch: number(seen.epoch),
      },
    });
    if (taken !== undefined) return taken;
    // Perhaps by ourselves: the answer to an earlier try of the SDK may have been lost.
    const now = await this.get(seen);
    const isOurs = now?.owner === owner && now.epoch === epoch && now.counter === counter;
    return isOurs ? now : undefined;
  }

  async write(held: Lease, change: LeaseWrite): Promise<Lease> {
    const { set, remove } = leaseChanges(change);
    let counter = held.counter;
    for (let crossing = 0; crossing < MAX_CROSSINGS; crossing += 1) {
      const next = { ...set, leaseCounter: number(counter + 1) };
      const written = await this.update(held, { set: next, remove, expect: fence(held, counter) });
      if (written !== undefined) return written;
      const now = await this.get(held);
      if (!isHeld(now, held)) throw lost(held);
      counter = now.counter; // an earlier try landed, or another write of this owner did
    }
    throw new PenstockError('store.unreachable', `The lease of ${held.shardId} is written to by too many at once.`);
  }

  async release(held: Lease): Promise<void> {
    let counter = held.counter;
    for (let crossing = 0; crossing < MAX_CROSSINGS; crossing += 1) {
      const set = { leaseCounter: number(counter + 1) };
      const update = { set, remove: ['leaseOwner'], expect: fence(held, counter) };
      if ((await this.update(held, update)) !== undefined) return;
      const now = await this.get(held);
      if (!isHeld(now, held)) return;
      counter = now.counter;
    }
  }

  async remove(connectorId: string, shardIds: readonly string[]): Promise<void> {
    const { DeleteItemCommand } = await import('@aws-sdk/client-dynamodb');
    await this.tables.use(this.keys, WHAT, async (client) => {
      const remove = (shardId: string) =>
        client.send(new DeleteItemCommand({ TableName: this.table, Key: leaseKey(connectorId, shardId) }));
      await pLimit(PARALLEL_REMOVALS).map(shardIds, remove);
    });
  }

  private get keys() {
    return { table: this.table, ...LEASE_KEYS };
  }

  private async get({ connectorId, shardId }: Lease): Promise<Lease | undefined> {
    const { GetItemCommand } = await import('@aws-sdk/client-dynamodb');
    return this.tables.use(this.keys, WHAT, async (client) => {
      const Key = leaseKey(connectorId, shardId);
      const { Item } = await client.send(new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }));
      return Item && fromLeaseItem(Item);
    });
  }

  /** @returns undefined when the lease is not as expected */
  private async update({ connectorId, shardId }: Lease, update: ConditionalUpdate): Promise<Lease | undefined> {
    const { UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
    return this.tables.use(this.keys, WHAT, async (client) => {
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: this.table,
            Key: leaseKey(connectorId, shardId),
            ReturnValues: 'ALL_NEW',
            ...updateExpression(update),
          }),
        );
        return fromLeaseItem(Attributes ?? {});
      } catch (cause) {
        if (isConditionFailure(cause)) return undefined;
        throw cause;
      }
    });
  }
}

function fence({ owner, epoch }: Lease, counter: number): ConditionalUpdate['expect'] {
  return {
    // A lease nobody owns is held by nobody: no write of it succeeds.
    leaseOwner: text(owner ?? ''),
    leaseEpoch: number(epoch),
    leaseCounter: number(counter),
  };
}

function isHeld(now: Lease | undefined, held: Lease): now is Lease {
  return held.owner !== undefined && now?.owner === held.owner && now.epoch === held.epoch;
}

function lost({ shardId }: Lease): PenstockError {
  return new PenstockError('lease.lost', `The lease of ${shardId} belongs to another worker now.`);
}
