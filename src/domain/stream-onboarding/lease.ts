/**
 * A range of records handed to the warehouse as one insert. Recorded before the insert and removed by the
 * checkpoint after it, so that whoever takes the lease repeats exactly this range under the same token.
 */
export interface PendingRange {
  readonly first: string;
  readonly last: string;
  readonly records: number;
  /** Of events: the watermark before the first record, so that the rows of a repetition are the same ones. */
  readonly watermarkMs?: number;
}

/** The position up to which a shard is safely copied. `AT_START`: nothing yet. `SHARD_END`: all, and the shard is closed. */
export type Checkpoint = 'AT_START' | 'SHARD_END' | { readonly sequenceNumber: string };

/**
 * The right to copy one shard of one connector, as in the Kinesis Client Library: an owner keeps it by counting
 * `counter` up; an owner whose counter stands still for the lease duration is dead. `epoch` counts owners and is the
 * fence: every write of an owner is refused once somebody else has taken the lease.
 */
export interface Lease {
  readonly connectorId: string;
  readonly shardId: string;
  readonly parentShardIds: readonly string[];
  readonly checkpoint: Checkpoint;
  readonly pending?: PendingRange;
  /** Of events: the latest event time up to the checkpoint, milliseconds since the epoch. */
  readonly watermarkMs?: number;
  readonly owner?: string;
  readonly counter: number;
  readonly epoch: number;
  readonly progress: LeaseProgress;
}

/** What the owner last reported; written with each checkpoint and renewal, for people to read. */
export interface LeaseProgress {
  readonly rows: number;
  readonly bytes: number;
  readonly deadLetters: number;
  /** Of events: those that were published again, and left out. */
  readonly duplicates?: number;
  readonly lagMs?: number;
  readonly lagRecords?: number;
  readonly lastFlushAtMs?: number;
  readonly lastFlushReason?: FlushReason;
  /** Why the shard does not advance, in words for an operator; unset while it does. */
  readonly stalled?: string;
}

/** Why a batch was closed. */
export type FlushReason = 'rows' | 'bytes' | 'age' | 'shard-end' | 'recovery';
