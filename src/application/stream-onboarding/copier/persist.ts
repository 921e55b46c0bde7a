import { PenstockError } from '../../../domain/errors.js';
import type { Clock } from '../../../domain/ports/clock.port.js';

/** Thrown when waiting was given up because the work was stopped; whatever was recorded before stands. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface Persistence {
  readonly clock: Clock;
  readonly minMs: number;
  readonly maxMs: number;
  /** Ends the waiting between two tries. */
  readonly signal: AbortSignal;
  /** Called with each failure before the wait. */
  readonly onFailure: (cause: unknown) => void;
}

/**
 * Repeats an action that is safe to repeat until it succeeds, with growing pauses: an engine that is down for an hour
 * costs an hour, not a record. Gives up only when stopped, or on a failure that time does not mend (`isFinal`).
 */
export async function persist<T>(
  action: () => Promise<T>,
  isFinal: (cause: unknown) => boolean,
  { clock, minMs, maxMs, signal, onFailure }: Persistence,
): Promise<T> {
  for (let pauseMs = minMs; ; pauseMs = Math.min(maxMs, pauseMs * 2)) {
    try {
      return await action();
    } catch (cause) {
      if (isFinal(cause)) throw cause;
      if (signal.aborted) throw new Stopped('stopped while waiting', { cause });
      onFailure(cause);
    }
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) throw new Stopped('stopped while waiting');
  }
}

export const isLost = (cause: unknown): boolean => cause instanceof PenstockError && cause.code === 'lease.lost';
export const isRejection = (cause: unknown): boolean =>
  cause instanceof PenstockError && cause.code === 'rows.rejected';
