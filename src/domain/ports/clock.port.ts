/** Time, so that nothing below the drivers reads it by itself. */
export abstract class Clock {
  /** Milliseconds since the epoch. */
  abstract nowMs(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  abstract sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
