import type { ShardLeases } from '../../../domain/ports/shard-leases.port.js';
import type { StreamSource } from '../../../domain/ports/stream-source.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { Lease } from '../../../domain/stream-onboarding/lease.js';
import { missingLeases, servedLeases } from '../../../domain/stream-onboarding/missing-leases.js';

/**
 * Makes a lease for every shard of the stream that has none, and removes those of shards that are copied to their end
 * and gone from the stream. Safe for several workers at once: creating is conditional, and what is removed is finished.
 */
export async function syncShards(
  { source, leases }: { readonly source: StreamSource; readonly leases: ShardLeases },
  { id, streamArn }: Connector,
): Promise<Lease[]> {
  const shards = await source.shards(streamArn, 'service');
  const known = await leases.list(id);
  const missing = missingLeases(id, shards, known);
  for (const lease of missing) await leases.create(lease);
  const served = servedLeases(shards, known);
  if (served.length > 0) await leases.remove(id, served);
  return missing.length + served.length === 0 ? known : leases.list(id);
}
