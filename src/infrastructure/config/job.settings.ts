import { IsInt, Max, Min } from 'class-validator';
import type { JobLimits } from '../../domain/shared/job-limits.js';
import { Env } from './env.js';

/** Jobs: work that outlives the request that asked for it, done by `serve` and `worker`. */
export class JobSettings implements JobLimits {
  /** Pause between two looks for jobs, and between two heartbeats of a running one at most, in milliseconds. */
  @Env('JOB_POLL_MS')
  @IsInt()
  @Min(10)
  @Max(60_000)
  readonly pollMs: number = 1000;

  /** How long a job stays with a process that is not heard of, in milliseconds; then another one takes it over. */
  @Env('JOB_LEASE_MS')
  @IsInt()
  @Min(500)
  @Max(3_600_000)
  readonly leaseMs: number = 30_000;

  /** Pause between two clearings of finished jobs and what is left of them, in milliseconds. */
  @Env('JOB_SWEEP_MS')
  @IsInt()
  @Min(100)
  @Max(86_400_000)
  readonly sweepMs: number = 600_000;
}
