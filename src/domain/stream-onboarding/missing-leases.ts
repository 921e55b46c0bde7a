import type { Lease } from './lease.js';

interface Shard {
  readonly shardId: string;
  readonly parentShardIds: readonly string[];
}

type LeaseToCreate = Pick<Lease, 'connectorId' | 'shardId' | 'parentShardIds'>;

/**
 * The leases to create for shards that have none, parents before children: a child without its parents would be read too
 * early.
 */
export function missingLeases(
  connectorId: string,
  shards: readonly Shard[],
  leases: readonly Lease[],
): LeaseToCreate[] {
  const known = new Set(leases.map(({ shardId }) => shardId));
  return parentsFirst(shards)
    .filter(({ shardId }) => !known.has(shardId))
    .map(({ shardId, parentShardIds }) => ({ connectorId, shardId, parentShardIds }));
}

/** Shards whose lease has served: read to their end, gone from the stream, and no child that is still to begin where they end. */
export function servedLeases(shards: readonly Shard[], leases: readonly Lease[]): string[] {
  const listed = new Set(shards.map(({ shardId }) => shardId));
  const awaited = new Set(
    leases.flatMap(({ checkpoint, parentShardIds }) => (checkpoint === 'AT_START' ? parentShardIds : [])),
  );
  return leases
    .filter(({ shardId, checkpoint }) => checkpoint === 'SHARD_END' && !listed.has(shardId) && !awaited.has(shardId))
    .map(({ shardId }) => shardId);
}

function parentsFirst(shards: readonly Shard[]): Shard[] {
  const byId = new Map(shards.map((shard) => [shard.shardId, shard]));
  const ordered = new Set<Shard>();
  for (const shard of shards) {
    // Walks up without recursion: a stream that was resharded for years has long lines of ancestors.
    const path = [shard];
    for (let next = path.at(-1); next; next = path.at(-1)) {
      const parent = next.parentShardIds
        .map((id) => byId.get(id))
        .find((found) => found && !ordered.has(found) && !path.includes(found));
      if (parent) path.push(parent);
      else {
        ordered.add(next);
        path.pop();
      }
    }
  }
  return [...ordered];
}
