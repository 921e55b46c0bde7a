import type { ShardPosition } from '../../../domain/ports/stream-source.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { Lease } from '../../../domain/stream-onboarding/lease.js';

/**
 * Where to read on: behind the last record read, else behind the checkpoint. A shard nothing was copied of starts where
 * the connector asked for; for one born later, by a split or a merge, that is its first record.
 */
export function startPosition(connector: Connector, lease: Lease, lastRead: string | undefined): ShardPosition {
  if (lastRead !== undefined) return { kind: 'after', sequenceNumber: lastRead };
  if (typeof lease.checkpoint === 'object') return { kind: 'after', sequenceNumber: lease.checkpoint.sequenceNumber };
  if (connector.startFrom === 'TRIM_HORIZON') return { kind: 'trim-horizon' };
  return { kind: 'at-time', ms: connector.startFrom.atMs };
}
