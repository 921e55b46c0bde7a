import type { StartFrom } from './connector.js';
import type { Lease } from './lease.js';

/** Where reading a shard goes on: the positions that a stream source knows. */
export type StartPosition =
  | { readonly kind: 'trim-horizon' }
  | { readonly kind: 'at-time'; readonly ms: number }
  | { readonly kind: 'at' | 'after'; readonly sequenceNumber: string };

/**
 * Where the holder of a lease reads on, or undefined when the shard is done. `LATEST` is the time of onboarding, so that a
 * shard nobody could read from for a while does not lose what came meanwhile; a shard that was born later holds nothing
 * older than that, whatever the clocks say.
 */
export function startPosition(
  lease: Pick<Lease, 'checkpoint' | 'pending' | 'bornLater'>,
  connector: { readonly startFrom: StartFrom; readonly createdAtMs: number },
): StartPosition | undefined {
  const { checkpoint, pending, bornLater } = lease;
  if (checkpoint === 'SHARD_END') return undefined;
  if (pending) return { kind: 'at', sequenceNumber: pending.first };
  if (checkpoint !== 'AT_START') return { kind: 'after', sequenceNumber: checkpoint.sequenceNumber };
  const { startFrom, createdAtMs } = connector;
  if (bornLater || startFrom === 'TRIM_HORIZON') return { kind: 'trim-horizon' };
  return { kind: 'at-time', ms: startFrom === 'LATEST' ? createdAtMs : startFrom.atMs };
}
