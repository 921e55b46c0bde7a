import { IsInt, Max, Min } from 'class-validator';
import type { CopyLimits } from '../../domain/stream-onboarding/copy-limits.js';
import { Env } from './env.js';

/** How streams are copied: batches, buffers, leases. */
export class CopySettings implements CopyLimits {
  /** Records after which a batch is inserted. */
  @Env('COPY_BATCH_ROWS')
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly batchRows: number = 100_000;

  /** Bytes after which a batch is inserted. */
  @Env('COPY_BATCH_BYTES')
  @IsInt()
  @Min(1024)
  @Max(256_000_000)
  readonly batchBytes: number = 32_000_000;

  /** Longest time a record waits for its batch to fill, in milliseconds. */
  @Env('COPY_BATCH_AGE_MS')
  @IsInt()
  @Min(50)
  @Max(600_000)
  readonly batchAgeMs: number = 5000;

  /** Bytes of records that all shards of one process may hold together; with many shards, batches get smaller. */
  @Env('COPY_BUFFER_BYTES')
  @IsInt()
  @Min(1_000_000)
  @Max(8_000_000_000)
  readonly bufferBytes: number = 256_000_000;

  /** Shards one process copies at once; more are left to other workers. */
  @Env('COPY_MAX_SHARDS')
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly maxShards: number = 200;

  /** A worker whose lease stands still for this long is taken for dead, in milliseconds. */
  @Env('COPY_LEASE_MS')
  @IsInt()
  @Min(500)
  @Max(600_000)
  readonly leaseMs: number = 10_000;

  /** Pause between two looks at connectors, shards and leases, in milliseconds. */
  @Env('COPY_PLAN_MS')
  @IsInt()
  @Min(100)
  @Max(60_000)
  readonly planMs: number = 2000;

  /** First pause before a failed step is tried again, in milliseconds; it doubles with each failure. */
  @Env('COPY_RETRY_MIN_MS')
  @IsInt()
  @Min(10)
  @Max(60_000)
  readonly retryMinMs: number = 200;

  /** Longest pause between two tries, in milliseconds. */
  @Env('COPY_RETRY_MAX_MS')
  @IsInt()
  @Min(10)
  @Max(600_000)
  readonly retryMaxMs: number = 10_000;

  /** How long inserts in flight may take when the process stops, in milliseconds; keep it below SHUTDOWN_TIMEOUT_MS. */
  @Env('COPY_STOP_MS')
  @IsInt()
  @Min(0)
  @Max(600_000)
  readonly stopMs: number = 10_000;

  /** Days for which replayed and discarded dead letters are kept. */
  @Env('DEAD_LETTER_RETENTION_DAYS')
  @IsInt()
  @Min(1)
  @Max(3650)
  readonly deadLetterRetentionDays: number = 30;

  get deadLetterRetentionMs(): number {
    return this.deadLetterRetentionDays * 86_400_000;
  }
}
