/** How jobs are taken and kept; the settings implement it. */
export abstract class JobLimits {
  /** Pause between two looks for work, and between two looks at whether a running job was cancelled. */
  abstract readonly pollMs: number;
  /** How long a job stays with a process that is not heard of. */
  abstract readonly leaseMs: number;
  /** Pause between two clearings of finished jobs. */
  abstract readonly sweepMs: number;
}
