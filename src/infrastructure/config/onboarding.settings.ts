import { IsInt, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Onboarding of streams: callers' sessions and queries. */
export class OnboardingSettings {
  /** How long a caller's AWS credentials are held in memory, in milliseconds. */
  @Env('SESSION_TTL_MS')
  @IsInt()
  @Min(1000)
  @Max(86_400_000)
  readonly sessionTtlMs: number = 3_600_000;

  /** Callers' sessions held at once; a further one ends the oldest. */
  @Env('MAX_SESSIONS')
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly maxSessions: number = 1000;

  /** How long a query of a caller may run, in milliseconds. */
  @Env('QUERY_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(3_600_000)
  readonly queryTimeoutMs: number = 30_000;
}
