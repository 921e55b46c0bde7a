import type { ErrorCode, Fault } from '../../domain/errors.js';

/** An event that is not in its stream, as far as is known; told by its place and the reason, never by its values. */
export interface FailedEvent {
  readonly index: number;
  readonly code: ErrorCode;
  readonly faults?: readonly Fault[];
}

export interface ProducerStats {
  /** Events that the transport has acknowledged. */
  readonly sent: number;
  /** Events that were given up. */
  readonly errors: number;
  /** Events that were accepted, and are neither yet. */
  readonly pending: number;
  readonly pendingBytes: number;
  /** Bytes of the acknowledged ones, as published. */
  readonly bytes: number;
  /** How often an event was tried again. */
  readonly retries: number;
  /** The last of those given up, by their number among all that were accepted; at most `MAX_TOLD`. */
  readonly failed: readonly FailedEvent[];
}

/** Given up events that are remembered. */
export const MAX_TOLD = 100;
/** Share of the room from which on senders are held back. */
const HELD_BACK_FROM = 0.5;
const AT_ONCE = Promise.resolve();

/** Counts what a producer accepted and what became of it, and how much room is left. */
export class DeliveryBook {
  accepted = 0;
  private sent = 0;
  private errors = 0;
  private bytes = 0;
  private pendingBytes = 0;
  private readonly failed: FailedEvent[] = [];
  private waiting: (() => void)[] = [];

  constructor(private readonly limits: { readonly maxPendingEvents: number; readonly maxPendingBytes: number }) {}

  get pending(): number {
    return this.accepted - this.sent - this.errors;
  }

  get isFull(): boolean {
    return this.share >= 1;
  }

  /** @returns when there is room for more */
  accept(bytes: number): Promise<void> {
    this.accepted += 1;
    this.pendingBytes += bytes;
    return this.share < HELD_BACK_FROM ? AT_ONCE : new Promise((resolve) => this.waiting.push(resolve));
  }

  settle(index: number, bytes: number, code: ErrorCode | undefined): void {
    this.pendingBytes -= bytes;
    if (code === undefined) {
      this.sent += 1;
      this.bytes += bytes;
    } else {
      this.errors += 1;
      this.failed.push({ index, code });
      if (this.failed.length > MAX_TOLD) this.failed.shift();
    }
    if (this.waiting.length > 0 && this.share < HELD_BACK_FROM) this.letIn();
  }

  stats(retries: number): ProducerStats {
    const { sent, errors, pending, pendingBytes, bytes } = this;
    return { sent, errors, pending, pendingBytes, bytes, retries, failed: [...this.failed] };
  }

  /** Of the room that is taken. */
  private get share(): number {
    return Math.max(this.pending / this.limits.maxPendingEvents, this.pendingBytes / this.limits.maxPendingBytes);
  }

  private letIn(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
