import pLimit, { type LimitFunction } from 'p-limit';
import { PenstockError } from '../../domain/errors.js';

const BUSY_RETRY_MS = 5000;

/** Loads of this process that wait for the turn of their table; they wait without a connection, which others need. */
export class LoadQueue {
  private readonly tables = new Map<string, LimitFunction>();

  constructor(private readonly timeoutMs: number) {}

  /** @throws PenstockError `database.busy` when the turn did not come in time; the reason of `signal` while it waits */
  async run<T>(table: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    return new Promise<T>((resolve, reject) => {
      let isGone = false;
      const leave = (reason: unknown): void => {
        isGone = true;
        reject(reason);
      };
      const timer = setTimeout(() => leave(tableBusy()), this.timeoutMs);
      const giveUp = (): void => leave(signal?.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      void this.of(table)(async () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        if (!isGone) await work().then(resolve, reject);
      });
    });
  }

  private of(table: string): LimitFunction {
    const one = this.tables.get(table) ?? pLimit(1);
    this.tables.set(table, one);
    return one;
  }
}

export function tableBusy(cause?: unknown): PenstockError {
  const message = 'Another load into the table is still under way.';
  return new PenstockError('database.busy', message, { cause, retryAfterMs: BUSY_RETRY_MS });
}
