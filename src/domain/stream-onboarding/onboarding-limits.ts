/** The named limits and defaults of onboarding, from the settings. */
export abstract class OnboardingLimits {
  /** Database of a table that is asked for without one. */
  abstract readonly defaultDatabase: string;
  /** How long a caller's credentials are held. */
  abstract readonly sessionTtlMs: number;
  /** Sessions held at once; a further one ends the oldest. */
  abstract readonly maxSessions: number;
  /** How long a query of a user may run. */
  abstract readonly queryTimeoutMs: number;
}
