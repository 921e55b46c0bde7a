import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import type { FailedEvent } from './delivery-book.js';

/** What became of the events of one batch. */
export interface BatchReceipt {
  readonly sent: number;
  /** In rising order of their index within the batch. */
  readonly failed: readonly FailedEvent[];
}

/** Gathers what becomes of the events of one batch. */
export class BatchOutcome {
  /** Why the rest is not tried: what hinders one, and is not the event, hinders all. */
  private obstacle: ErrorCode | undefined;
  private events = 0;
  private open = 0;
  private readonly failed: FailedEvent[] = [];
  private whenSettled: (() => void) | undefined;

  /** Sends the next event, by `send`, which is told how to settle it. */
  async add(send: (settle: (code?: ErrorCode) => void) => Promise<void>): Promise<void> {
    const index = this.events;
    this.events += 1;
    if (this.obstacle !== undefined) return void this.failed.push({ index, code: this.obstacle });
    this.open += 1;
    try {
      await send((code) => this.settle(index, code));
    } catch (error) {
      this.open -= 1;
      if (!(error instanceof PenstockError)) throw error;
      const { code, faults } = error;
      this.failed.push({ index, code, ...(faults.length > 0 && { faults }) });
      if (code !== 'event.invalid') this.obstacle = code;
    }
  }

  async receipt(): Promise<BatchReceipt> {
    if (this.open > 0) await new Promise<void>((resolve) => (this.whenSettled = resolve));
    const failed = this.failed.toSorted((one, other) => one.index - other.index);
    return { sent: this.events - failed.length, failed };
  }

  private settle(index: number, code: ErrorCode | undefined): void {
    if (code !== undefined) this.failed.push({ index, code });
    this.open -= 1;
    if (this.open === 0) this.whenSettled?.();
  }
}
