import { setTimeout as sleep } from 'node:timers/promises';
import { AwsError } from '../aws/aws-error.js';
import type { LambdaFunction } from './function-catalog.js';
import type { InvocationEvent } from './function-instance.js';
import type { FunctionPool } from './function-pool.js';
import type { LambdaLimits } from './limits.js';

/** How long an event waits for a free instance before it looks again. */
const BUSY_MS = 200;

/**
 * Asynchronous invocations: taken, done as instances get free, and tried twice more when they fail, as Lambda does. Unlike
 * Lambda's, the queue is in memory: events that are not done when the endpoint stops are gone.
 */
export class EventQueue {
  private waiting = 0;
  private readonly closing = new AbortController();

  constructor(
    private readonly pool: FunctionPool,
    private readonly limits: LambdaLimits,
    private readonly onDefect: (error: unknown) => void,
  ) {}

  /** @throws AwsError `TooManyRequestsException` when too many wait */
  add(lambda: LambdaFunction, event: InvocationEvent): void {
    if (this.waiting >= this.limits.queuedEvents) {
      throw new AwsError('TooManyRequestsException', 'Too many events are waiting.', 429);
    }
    this.waiting += 1;
    this.work(lambda, event)
      .catch((error: unknown) => {
        if (!this.closing.signal.aborted) this.onDefect(error);
      })
      .finally(() => (this.waiting -= 1));
  }

  close(): void {
    this.closing.abort();
  }

  private async work(lambda: LambdaFunction, event: InvocationEvent): Promise<void> {
    for (const waitMs of [...this.limits.retryMs, undefined]) {
      const { fault } = await this.whenFree(lambda, event);
      if (fault === undefined || waitMs === undefined) return;
      await sleep(waitMs, undefined, { signal: this.closing.signal, ref: false });
    }
  }

  private async whenFree(lambda: LambdaFunction, event: InvocationEvent): ReturnType<FunctionPool['invoke']> {
    for (;;) {
      try {
        return await this.pool.invoke(lambda, event);
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== 'TooManyRequestsException') throw error;
      }
      await sleep(BUSY_MS, undefined, { signal: this.closing.signal, ref: false });
    }
  }
}
