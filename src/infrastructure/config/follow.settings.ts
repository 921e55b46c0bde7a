import { IsInt, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Following the windows of event pipelines: into PostgreSQL, and for alerts. */
export class FollowSettings {
  /** Pause between two looks at which domains are deployed, in milliseconds. */
  @Env('FOLLOW_PLAN_MS')
  @IsInt()
  @Min(50)
  @Max(600_000)
  readonly planMs: number = 5000;

  /** Pause between two looks at windows that only alerts want, in milliseconds; with a table in PostgreSQL its `delay_ms` counts. */
  @Env('FOLLOW_POLL_MS')
  @IsInt()
  @Min(50)
  @Max(60_000)
  readonly pollMs: number = 2000;

  /** How long a domain stays with a process that is not heard of, in milliseconds. */
  @Env('FOLLOW_LEASE_MS')
  @IsInt()
  @Min(1000)
  @Max(600_000)
  readonly leaseMs: number = 30_000;

  /** How long alerts that are resolved are kept, in milliseconds. */
  @Env('ALERTS_KEPT_MS')
  @IsInt()
  @Min(60_000)
  @Max(315_360_000_000)
  readonly alertsKeptMs: number = 2_592_000_000;

  /** Alerts kept for each domain; the oldest go first. */
  @Env('ALERTS_KEPT')
  @IsInt()
  @Min(100)
  @Max(10_000_000)
  readonly mostAlerts: number = 100_000;
}
