import { IsInt, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Loads of rows into the seven warehouse tables. */
export class LoadSettings {
  /** Largest write of rows, and largest single row, in bytes. */
  @Env('DWH_MAX_WRITE_BATCH_BYTES')
  @IsInt()
  @Min(1024)
  @Max(1_073_741_824)
  readonly maxWriteBatchBytes: number = 10_000_000;

  /** Most rows of one write; a load takes as many writes as it needs, in one transaction. */
  @Env('DWH_MAX_ROWS_PER_INSERT')
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly maxRowsPerInsert: number = 1000;

  /** How long the receipt of a load is kept under its `Idempotency-Key`, in hours. */
  @Env('DWH_IDEMPOTENCY_KEPT_HOURS')
  @IsInt()
  @Min(1)
  @Max(87_600)
  readonly idempotencyKeptHours: number = 168;
}
