import type { Checkpoint, Lease, LeaseProgress, PendingRange } from '../stream-onboarding/lease.js';

export interface NewLease {
  readonly connectorId: string;
  readonly shardId: string;
  readonly parentShardIds: readonly string[];
}

/** What a write of the owner sets; `pending: null` removes the pending range. Each write counts as a renewal too. */
export interface LeaseWrite {
  readonly checkpoint?: Checkpoint;
  readonly pending?: PendingRange | null;
  readonly watermarkMs?: number;
  readonly progress?: LeaseProgress;
}

/**
 * Leases and checkpoints, one item per (connector, shard), in the Kinesis Client Library's column names. Every write is
 * conditional; reads are strongly consistent. Every adapter passes test/contracts/shard-leases.contract.ts.
 *
 * @throws PenstockError `lease.lost` where named, `store.unreachable`
 */
export abstract class ShardLeases {
  /** All leases of a connector. */
  abstract list(connectorId: string): Promise<Lease[]>;

  /** Creates the lease, without owner, at `AT_START`; an existing one stays as it is. */
  abstract create(lease: NewLease): Promise<void>;

  /**
   * Takes the lease for `owner`, if since `seen` was read neither owner nor counter has changed. Counts `epoch` up.
   *
   * @returns the lease as it is now held, or undefined when somebody was faster
   */
  abstract take(seen: Lease, owner: string): Promise<Lease | undefined>;

  /**
   * The owner's write, fenced by owner and epoch; counts `counter` up, so that `write(held, {})` is a renewal.
   * Safe to repeat after an unclear failure.
   *
   * @returns the lease as written
   * @throws `lease.lost` when the lease has been taken or removed; nothing was written
   */
  abstract write(held: Lease, change: LeaseWrite): Promise<Lease>;

  /** Gives the lease back, so that another worker takes it at once. Losing it meanwhile is not an error. */
  abstract release(held: Lease): Promise<void>;

  /** Removes leases whatever their state: of shards that are gone, or of a connector that is removed. */
  abstract remove(connectorId: string, shardIds: readonly string[]): Promise<void>;
}
