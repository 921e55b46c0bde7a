import type { StartFrom } from './connector.js';
import type { Lease } from './lease.js';

/** Where reading a shard goes on: the positions that a stream source knows. */
export type StartPosition =
  | { readonly kind: 'trim-horizon' }
  | { readonly kind: 'at-time'; readonly ms: number }
  | { readonly kind: 'after'; readonly sequenceNumber: string };

/**
 * Where the holder of a lease reads on; `lastRead` is what it has read itself since it took the lease. A shard nothing was
 * copied of starts where the connector asked for. A time is right for shards that are born later, too: all they hold came
 * after it.
 */
export function startPosition(
  { checkpoint }: Pick<Lease, 'checkpoint'>,
  { startFrom }: { readonly startFrom: StartFrom },
  lastRead?: string,
): StartPosition {
  if (lastRead !== undefined) return { kind: 'after', sequenceNumber: lastRead };
  if (typeof checkpoint === 'object') return { kind: 'after', sequenceNumber: checkpoint.sequenceNumber };
  return startFrom === 'TRIM_HORIZON' ? { kind: 'trim-horizon' } : { kind: 'at-time', ms: startFrom.atMs };
}
