/** How run logs are read and kept; the settings implement it. */
export abstract class RunLogLimits {
  /** Pause between two looks for new entries while a log is followed. */
  abstract readonly pollMs: number;
  /** How long a log is followed at most. */
  abstract readonly followMs: number;
  /** How long entries are kept. */
  abstract readonly keepMs: number;
}
