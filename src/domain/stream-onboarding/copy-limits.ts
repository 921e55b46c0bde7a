/** The named limits of copying streams, from the settings. */
export abstract class CopyLimits {
  /** A batch closes at this many records … */
  abstract readonly batchRows: number;
  /** … or this many bytes … */
  abstract readonly batchBytes: number;
  /** … or when its oldest record has waited this long. */
  abstract readonly batchAgeMs: number;
  /** Bytes of records that all shards of this process may hold together; each shard gets an equal share for its two batches. */
  abstract readonly bufferBytes: number;
  /** Shards one process copies at once; more are left to other workers. */
  abstract readonly maxShards: number;
  /** An owner whose lease stands still for this long is taken for dead. */
  abstract readonly leaseMs: number;
  /** Pause between two looks at connectors, shards and leases. */
  abstract readonly planMs: number;
  /** First pause before something that failed is tried again; doubles up to `retryMaxMs`. */
  abstract readonly retryMinMs: number;
  abstract readonly retryMaxMs: number;
  /** How long inserts in flight may take when the worker stops; then they are left to whoever takes the leases. */
  abstract readonly stopMs: number;
  /** How long replayed and discarded dead letters are kept. */
  abstract readonly deadLetterRetentionMs: number;
}

/** The smallest share of the buffer a shard gets, however many shards there are. */
const LEAST_BATCH_BYTES = 256 * 1024;

/** Bytes one batch of one shard may have when `shards` share the buffer: one is being filled while one is inserted. */
export function batchBytesFor(limits: Pick<CopyLimits, 'batchBytes' | 'bufferBytes'>, shards: number): number {
  const share = Math.floor(limits.bufferBytes / (2 * Math.max(1, shards)));
  return Math.min(limits.batchBytes, Math.max(LEAST_BATCH_BYTES, share));
}
