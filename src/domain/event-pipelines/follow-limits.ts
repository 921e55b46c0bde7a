/** How changed windows are followed; the settings implement it. */
export abstract class FollowLimits {
  /** Pause between two looks at which domains are deployed. */
  abstract readonly planMs: number;
  /** Pause between two looks at windows that only alerts want. */
  abstract readonly pollMs: number;
  /** How long a domain stays with a process that is not heard of. */
  abstract readonly leaseMs: number;
  /** How long alerts that are resolved are kept. */
  abstract readonly alertsKeptMs: number;
  /** Alerts of one domain that are kept; the oldest go first. */
  abstract readonly mostAlerts: number;
}
