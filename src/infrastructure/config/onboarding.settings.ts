import { IsInt, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** What callers of stream-onboarding may use. */
export class OnboardingSettings {
  /** How long the AWS credentials a caller has shown are held, in memory, in seconds. */
  @Env('SESSION_TTL_SECONDS')
  @IsInt()
  @Min(60)
  @Max(86_400)
  readonly sessionTtlSeconds: number = 3600;

  /** Most sessions held at once; one more ends the oldest. */
  @Env('SESSION_LIMIT')
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly maxSessions: number = 1000;

  /** How long a query of a caller may run, in milliseconds. */
  @Env('QUERY_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly queryTimeoutMs: number = 30_000;
}
