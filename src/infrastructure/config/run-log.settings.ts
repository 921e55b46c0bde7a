import { IsInt, Matches, Max, Min } from 'class-validator';
import type { RunLogLimits } from '../../domain/workflow-gateway/run-log-limits.js';
import { Env } from './env.js';

const DAY_MS = 86_400_000;

/** Logs of workflow runs. */
export class RunLogSettings implements RunLogLimits {
  /** DynamoDB table of run logs; made on first use. One that keeps one item a run is read as well. */
  @Env('RUN_LOG_TABLE')
  @Matches(/^[\w.-]{3,255}$/)
  readonly table: string = 'penstock_run_log';

  /** How long entries are kept, in days. */
  @Env('RUN_LOG_KEEP_DAYS')
  @IsInt()
  @Min(1)
  @Max(3650)
  readonly keepDays: number = 30;

  /** Pause between two looks for new entries of a log that is followed, in milliseconds. */
  @Env('RUN_LOG_POLL_MS')
  @IsInt()
  @Min(50)
  @Max(60_000)
  readonly pollMs: number = 1000;

  /** How long a log is followed at most, in milliseconds; then the client asks again. */
  @Env('RUN_LOG_FOLLOW_MS')
  @IsInt()
  @Min(1000)
  @Max(86_400_000)
  readonly followMs: number = 3_600_000;

  get keepMs(): number {
    return this.keepDays * DAY_MS;
  }
}
