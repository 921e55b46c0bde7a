import type { Lease } from './lease.js';

/** Nothing was seen yet: 1970, which no event is late for. */
export const NO_WATERMARK_MS = 0;

/**
 * The watermark behind a record: the latest event time its shard has seen. An event that claims to be of a time after its
 * arrival counts as of its arrival, so that one wrong clock does not make late what all others send.
 */
export function watermarkBehind(watermarkMs: number, eventTimeMs: number, arrivedAtMs: number): number {
  return Math.max(watermarkMs, Math.min(eventTimeMs, arrivedAtMs));
}

/** Where the watermark of a shard stands that nothing was copied of yet: at the largest of its parents'. */
export function inheritedWatermark(
  { connectorId, parentShardIds }: Pick<Lease, 'connectorId' | 'parentShardIds'>,
  leases: readonly Lease[],
): number {
  const parents = leases.filter((lease) => lease.connectorId === connectorId && parentShardIds.includes(lease.shardId));
  return Math.max(NO_WATERMARK_MS, ...parents.map(({ watermarkMs }) => watermarkMs ?? NO_WATERMARK_MS));
}

/** Of the shards that are still read, the lowest; of those that ended, when there are no others, the highest. */
export function lowestWatermark(leases: readonly Lease[]): number | undefined {
  const known = (some: readonly Lease[]) => some.flatMap(({ watermarkMs }) => watermarkMs ?? []);
  const open = known(leases.filter(({ checkpoint }) => checkpoint !== 'SHARD_END'));
  if (open.length > 0) return Math.min(...open);
  const all = known(leases);
  return all.length > 0 ? Math.max(...all) : undefined;
}
