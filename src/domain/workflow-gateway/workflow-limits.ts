/** How workflows are run; the settings implement it. */
export abstract class WorkflowLimits {
  /** Runs that one process waits for at once; others wait their turn. */
  abstract readonly concurrency: number;
  /** How long finished runs are known. */
  abstract readonly keepMs: number;
  /** How long a caller is kept waiting who does not say how long it would. */
  abstract readonly waitMs: number;
}
