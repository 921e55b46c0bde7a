import type { ShardLeases } from '../../../domain/ports/shard-leases.port.js';
import type { StreamSource } from '../../../domain/ports/stream-source.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { Lease } from '../../../domain/stream-onboarding/lease.js';

/**
 * Makes a lease for every shard of the stream that has none, and removes those of shards that are copied to their end
 * and gone from the stream. Safe for several workers at once: creating is conditional, and what is removed is finished.
 */
export async function syncShards(
  { source, leases }: { readonly source: StreamSource; readonly leases: ShardLeases },
  connector: Connector,
): Promise<Lease[]> {
  const shards = await source.shards(connector.streamArn, 'service');
  const known = await leases.list(connector.id);
  const knownIds = new Set(known.map(({ shardId }) => shardId));
  const missing = shards.filter(({ shardId }) => !knownIds.has(shardId));
  for (const { shardId, parentShardIds } of missing) {
    await leases.create({ connectorId: connector.id, shardId, parentShardIds });
  }
  const listed = new Set(shards.map(({ shardId }) => shardId));
  const gone = known.filter(({ shardId, checkpoint }) => checkpoint === 'SHARD_END' && !listed.has(shardId));
  if (gone.length > 0) {
    await leases.remove(
      connector.id,
      gone.map(({ shardId }) => shardId),
    );
  }
  return missing.length + gone.length === 0 ? known : leases.list(connector.id);
}
