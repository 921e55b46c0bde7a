import type { Clock } from '../../../domain/ports/clock.port.js';
import type { Log } from '../../../domain/ports/log.port.js';
import type { LeaseWrite, ShardLeases } from '../../../domain/ports/shard-leases.port.js';
import type { CopyLimits } from '../../../domain/stream-onboarding/copy-limits.js';
import type { Lease, LeaseProgress } from '../../../domain/stream-onboarding/lease.js';
import { isLost, persist, Stopped } from './persist.js';

export interface HolderPorts {
  readonly leases: ShardLeases;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: CopyLimits;
}

type Landing = (before: LeaseProgress) => Partial<LeaseProgress>;

/**
 * A lease as its owner has it: what was last written, what is to be told with the next write, and why the shard waits if
 * it does. Writes of one owner go one after the other, so that no older progress is written over a newer one.
 */
export class HeldLease {
  private progress: LeaseProgress;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ports: HolderPorts,
    private held: Lease,
  ) {
    this.progress = held.progress;
  }

  get lease(): Lease {
    return this.held;
  }

  /** Why the shard does not advance; undefined while it does. */
  get stalled(): string | undefined {
    return this.progress.stalled;
  }

  get lagMs(): number {
    return this.progress.lagMs ?? 0;
  }

  /** To be told with the next write. */
  report(change: Partial<LeaseProgress>): void {
    this.progress = { ...this.progress, ...change };
  }

  /**
   * @param landed what the write itself adds to the progress: counted when it has succeeded, never before, so that a
   * range that is repeated after a death is counted once
   * @throws PenstockError `lease.lost`
   */
  async write(change: Omit<LeaseWrite, 'progress'>, landed: Landing = () => ({})): Promise<void> {
    const written = this.writing.then(() => this.writeNow(change, landed));
    this.writing = written.catch(() => undefined);
    await written;
  }

  /** Repeats a step until it succeeds, and tells meanwhile why the shard waits. */
  persist<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, limits } = this.ports;
    const isFinal = (cause: unknown): boolean => isLost(cause) || cause instanceof Stopped;
    const step = async (): Promise<T> => {
      const value = await action();
      this.recovered();
      return value;
    };
    const onFailure = (cause: unknown): void => this.stall(cause);
    return persist(step, isFinal, { clock, minMs: limits.retryMinMs, maxMs: limits.retryMaxMs, signal, onFailure });
  }

  private async writeNow(change: Omit<LeaseWrite, 'progress'>, landed: Landing): Promise<void> {
    const added = landed(this.progress);
    this.held = await this.ports.leases.write(this.held, { ...change, progress: { ...this.progress, ...added } });
    this.report(added);
  }

  stall(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (this.progress.stalled !== reason) this.ports.log.error('Copying waits', cause, this.fields());
    this.report({ stalled: reason });
  }

  recovered(): void {
    if (this.progress.stalled === undefined) return;
    const { stalled: _gone, ...rest } = this.progress;
    this.progress = rest;
    this.ports.log.info('Copying goes on', this.fields());
  }

  private fields() {
    return { connector: this.held.connectorId, shard: this.held.shardId };
  }
}
