import { PenstockError } from '../errors.js';

export interface GateLimits {
  /** Pieces of work of one holder that go on at once … */
  readonly running: number;
  /** … those that wait for their turn … */
  readonly waiting: number;
  /** … and for how long. */
  readonly waitMs: number;
}

interface Holder {
  running: number;
  readonly waiting: Set<() => void>;
}

/** Waits for `ms`, or until the signal is aborted. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** When a caller who was turned away may come back. */
const RETRY_AFTER_MS = 1000;

/** Lets each holder do so much at once; the rest waits in order, bounded in number and time. */
export class ConcurrencyGate {
  private readonly holders = new Map<string, Holder>();

  constructor(
    private readonly limits: GateLimits,
    private readonly sleep: Sleep,
  ) {}

  /** Work of this holder that goes on, or waits. */
  load(name: string): { running: number; waiting: number } {
    const holder = this.holders.get(name);
    return { running: holder?.running ?? 0, waiting: holder?.waiting.size ?? 0 };
  }

  /** @throws PenstockError `query.busy` when too many wait, or the turn did not come; `query.cancelled` on abort */
  async during<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const holder = this.holders.get(name) ?? { running: 0, waiting: new Set() };
    this.holders.set(name, holder);
    try {
      await this.enter(holder, signal);
      try {
        return await work();
      } finally {
        this.leave(holder);
      }
    } finally {
      if (holder.running === 0 && holder.waiting.size === 0) this.holders.delete(name);
    }
  }

  private async enter(holder: Holder, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled();
    if (holder.running < this.limits.running) {
      holder.running += 1;
      return;
    }
    if (holder.waiting.size >= this.limits.waiting) throw busy('Too many statements wait already.');
    await this.turn(holder, signal);
  }

  private async turn(holder: Holder, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal]);
    let isMine = false;
    const called = (): void => {
      isMine = true;
      end.abort();
    };
    holder.waiting.add(called);
    await this.sleep(this.limits.waitMs, stop);
    holder.waiting.delete(called);
    end.abort();
    if (signal.aborted) {
      if (isMine) this.leave(holder);
      throw cancelled();
    }
    if (!isMine) throw busy('The turn of this statement did not come in time.');
  }

  /** The place goes to who waits longest, without being free in between. */
  private leave(holder: Holder): void {
    const [next] = holder.waiting;
    if (next === undefined) {
      holder.running -= 1;
      return;
    }
    holder.waiting.delete(next);
    next();
  }
}

function busy(why: string): PenstockError {
  return new PenstockError('query.busy', why, { retryAfterMs: RETRY_AFTER_MS });
}

function cancelled(): PenstockError {
  return new PenstockError('query.cancelled', 'Nobody waits for the statement any more.');
}
