import type { KinesisClient, Shard } from '@aws-sdk/client-kinesis';
import type { StreamShard } from '../../domain/ports/stream-source.port.js';
import type { HashKeyRange } from '../../domain/stream-onboarding/kpl-aggregate.js';

/** All shards of a stream that can still be read, page by page. */
export async function listShards(client: KinesisClient, streamArn: string, signal?: AbortSignal): Promise<Shard[]> {
  const { ListShardsCommand } = await import('@aws-sdk/client-kinesis');
  const shards: Shard[] = [];
  let next: string | undefined;
  do {
    const page = await client.send(
      new ListShardsCommand({ StreamARN: streamArn, ...(next === undefined ? {} : { NextToken: next }) }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    shards.push(...(page.Shards ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return shards;
}

export function toStreamShard(shard: Shard): StreamShard {
  const parents = [shard.ParentShardId, shard.AdjacentParentShardId];
  return {
    shardId: shard.ShardId ?? '',
    parentShardIds: parents.filter((id) => id !== undefined),
    closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
  };
}

export function hashKeyRange({ HashKeyRange }: Shard): HashKeyRange | undefined {
  const { StartingHashKey, EndingHashKey } = HashKeyRange ?? {};
  if (StartingHashKey === undefined || EndingHashKey === undefined) return undefined;
  return { first: BigInt(StartingHashKey), last: BigInt(EndingHashKey) };
}

/** Parents before their children; otherwise as they came. */
export function parentsFirst(shards: readonly StreamShard[]): StreamShard[] {
  const byId = new Map(shards.map((shard) => [shard.shardId, shard]));
  const ordered = new Set<StreamShard>();
  const place = (shard: StreamShard): void => {
    if (!byId.delete(shard.shardId)) return;
    for (const id of shard.parentShardIds) {
      const parent = byId.get(id);
      if (parent) place(parent);
    }
    ordered.add(shard);
  };
  shards.forEach(place);
  return [...ordered];
}
