import { PenstockError } from '../../../domain/errors.js';
import type { Connectors } from '../../../domain/ports/connectors.port.js';
import type { DeadLetters } from '../../../domain/ports/dead-letters.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { Lease } from '../../../domain/stream-onboarding/lease.js';
import {
  eligibleLeases,
  leaseKey,
  type LeaseObservations,
  observeLeases,
  planLeases,
} from '../../../domain/stream-onboarding/lease-plan.js';
import { isSameFormat } from '../../../domain/stream-onboarding/event-format.js';
import { inheritedWatermark } from '../../../domain/stream-onboarding/event-watermark.js';
import { batchBytesFor } from '../../../domain/stream-onboarding/copy-limits.js';
import { isLost } from './persist.js';
import { type CopierPorts, type CopyEnd, ShardCopier } from './shard-copier.js';
import { syncShards } from './shard-sync.js';

export interface WorkerPorts extends Omit<CopierPorts, 'batchBytes'> {
  readonly connectors: Connectors;
  readonly deadLetters: DeadLetters;
  /** Finishes connectors that a request which died left half made or half removed. */
  readonly tidy: (connector: Connector) => Promise<void>;
}

/** One shard that does not advance, and why. */
export interface StalledShard {
  readonly connectorId: string;
  readonly shardId: string;
  readonly reason: string;
}

/** Pause between two clearings of dead letters whose retention has ended. */
const FORGET_EVERY_MS = 600_000;

/** Renewals within one lease duration: two may fail before the lease is lost. */
const RENEWALS_PER_LEASE = 3;

/**
 * Copies the shards of all running connectors, together with the other workers on the same leases: each looks at the
 * leases again and again, takes what nobody holds, takes over from the dead, and steals one at a time from whoever has
 * more than a fair share.
 */
export class StreamWorker {
  private readonly copiers = new Map<string, ShardCopier>();
  private readonly ends = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private observations: LeaseObservations = new Map();
  private waking = new AbortController();
  private loops: Promise<unknown> = Promise.resolve();
  private troubles = new Map<string, string>();

  constructor(
    readonly id: string,
    private readonly ports: WorkerPorts,
  ) {}

  start(): void {
    const { planMs, leaseMs } = this.ports.limits;
    this.loops = Promise.all([
      this.repeat(
        () => this.plan(),
        () => this.ports.clock.sleep(planMs, AbortSignal.any([this.stopping.signal, this.waking.signal])),
      ),
      this.repeat(
        () => this.forgetLater(),
        () => Promise.resolve(),
      ),
      this.repeat(
        () => this.renew(),
        () => this.ports.clock.sleep(Math.floor(leaseMs / RENEWALS_PER_LEASE), this.stopping.signal),
      ),
    ]);
  }

  /** Looks at connectors and leases now, instead of at the next turn. */
  wake(): void {
    this.waking.abort();
  }

  /** Ends reading, lets inserts in flight finish until `deadlineMs` have passed, and gives the leases back. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping.abort();
    this.wake();
    for (const copier of this.copiers.values()) copier.stop();
    const deadline = new AbortController();
    const all = Promise.all([...this.ends, this.loops]);
    await Promise.race([all, this.ports.clock.sleep(deadlineMs, deadline.signal)]);
    deadline.abort();
    for (const copier of this.copiers.values()) copier.abort();
    await all;
  }

  /** What does not advance now. */
  stalled(): StalledShard[] {
    const shards = [...this.copiers.values()].flatMap(({ lease, stalled }) =>
      stalled === undefined ? [] : [{ connectorId: lease.connectorId, shardId: lease.shardId, reason: stalled }],
    );
    const connectors = [...this.troubles].map(([connectorId, reason]) => ({ connectorId, shardId: '*', reason }));
    return [...shards, ...connectors];
  }

  /** Shards copied here now. */
  get shards(): number {
    return this.copiers.size;
  }

  private async repeat(turn: () => Promise<void>, pause: () => Promise<void>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await turn();
      } catch (cause) {
        this.ports.log.warning('A turn of the stream worker failed', { reason: reasonOf(cause) });
      }
      await pause();
    }
  }

  private async plan(): Promise<void> {
    this.waking = new AbortController();
    const connectors = await this.ports.connectors.list();
    const running = new Map(connectors.filter(({ state }) => state === 'running').map((each) => [each.id, each]));
    for (const copier of this.copiers.values()) if (!isCurrent(copier, running)) copier.stop();
    const leases: Lease[] = [];
    this.troubles = new Map([...this.troubles].filter(([id]) => running.has(id)));
    for (const connector of connectors) {
      await this.lookAt(connector, async () => {
        if (connector.state === 'running') leases.push(...(await syncShards(this.ports, connector)));
        else if (connector.state !== 'paused') await this.ports.tidy(connector);
      });
    }
    await this.takeLeases(leases, running);
  }

  /** Not at once: nothing is urgent about it, and at a first start the table of dead letters is still being made. */
  private async forgetLater(): Promise<void> {
    const { clock, limits, deadLetters } = this.ports;
    await clock.sleep(FORGET_EVERY_MS, this.stopping.signal);
    if (this.stopping.signal.aborted) return;
    await deadLetters.forget(clock.nowMs() - limits.deadLetterRetentionMs);
  }

  /** One connector in trouble must not keep the others from being copied. */
  private async lookAt(connector: Connector, look: () => Promise<void>): Promise<void> {
    try {
      await look();
      this.troubles.delete(connector.id);
    } catch (cause) {
      if (!this.troubles.has(connector.id))
        this.ports.log.error('A connector is in trouble', cause, { connector: connector.id });
      this.troubles.set(connector.id, reasonOf(cause));
    }
  }

  private async takeLeases(leases: readonly Lease[], running: ReadonlyMap<string, Connector>): Promise<void> {
    const { clock, limits } = this.ports;
    const nowMs = clock.nowMs();
    this.observations = observeLeases(this.observations, leases, nowMs);
    await this.adopt(leases, running);
    const plan = planLeases({
      leases,
      observations: this.observations,
      worker: this.id,
      nowMs,
      leaseDurationMs: limits.leaseMs,
      maxLeases: limits.maxShards,
    });
    for (const lease of plan.take) await this.take(lease, leases, running);
  }

  /**
   * A lease of ours that nobody serves was taken by a request whose answer got lost, or could not be given back. It is
   * taken anew: what was read of it may be older than what our own copier wrote last.
   */
  private async adopt(leases: readonly Lease[], running: ReadonlyMap<string, Connector>): Promise<void> {
    for (const lease of eligibleLeases(leases)) if (lease.owner === this.id) await this.take(lease, leases, running);
  }

  private async take(lease: Lease, leases: readonly Lease[], running: ReadonlyMap<string, Connector>): Promise<void> {
    const connector = running.get(lease.connectorId);
    if (connector === undefined || this.copiers.has(leaseKey(lease)) || this.stopping.signal.aborted) return;
    const held = await this.ports.leases.take(lease, this.id);
    if (held !== undefined) this.copy(connector, held, inheritedWatermark(lease, leases));
  }

  private copy(connector: Connector, held: Lease, inheritedWatermarkMs: number): void {
    const batchBytes = (): number => batchBytesFor(this.ports.limits, this.copiers.size);
    const copier = new ShardCopier({ ...this.ports, batchBytes }, connector, held, inheritedWatermarkMs);
    this.copiers.set(leaseKey(held), copier);
    const end = this.watch(copier).finally(() => this.ends.delete(end));
    this.ends.add(end);
  }

  private async watch(copier: ShardCopier): Promise<void> {
    const { log } = this.ports;
    const fields = { connector: copier.connector.id, shard: copier.lease.shardId };
    log.info('Copying a shard', fields);
    let end: CopyEnd | 'failed' = 'failed';
    try {
      end = await copier.run();
    } catch (cause) {
      log.error('Copying a shard failed', cause, fields);
    }
    this.copiers.delete(leaseKey(copier.lease));
    log.info('No longer copying a shard', { ...fields, end });
    if (end !== 'lost') await this.giveBack(copier);
    // Of a shard that ended, the children are next; one that was told to stop may be wanted by another schema.
    if (end === 'shard-end' || end === 'stopped') this.wake();
  }

  private async giveBack(copier: ShardCopier): Promise<void> {
    try {
      await this.ports.leases.release(copier.lease);
    } catch (cause) {
      // Nobody is kept waiting longer than the lease lasts.
      this.ports.log.warning('A lease could not be given back', {
        shard: copier.lease.shardId,
        reason: reasonOf(cause),
      });
    }
  }

  private async renew(): Promise<void> {
    this.gauge();
    await Promise.all([...this.copiers.values()].map((copier) => this.renewOne(copier)));
  }

  private gauge(): void {
    const { metrics } = this.ports;
    const copiers = [...this.copiers.values()];
    metrics.set('penstock_shards_copied', {}, copiers.length);
    metrics.set('penstock_shards_stalled', {}, copiers.filter(({ stalled }) => stalled !== undefined).length);
    const lags = new Map<string, number>();
    for (const { connector, lagMs } of copiers) lags.set(connector.id, Math.max(lagMs, lags.get(connector.id) ?? 0));
    for (const [connector, lagMs] of lags) metrics.set('penstock_copy_lag_seconds', { connector }, lagMs / 1000);
    this.gaugeWatermarks(copiers);
  }

  private gaugeWatermarks(copiers: readonly ShardCopier[]): void {
    const { metrics, clock } = this.ports;
    const lowest = new Map<string, number>();
    for (const { connector, watermarkMs } of copiers) {
      if (watermarkMs === undefined) continue;
      lowest.set(connector.id, Math.min(watermarkMs, lowest.get(connector.id) ?? watermarkMs));
    }
    for (const [connector, watermarkMs] of lowest) {
      const delayMs = Math.max(0, clock.nowMs() - watermarkMs);
      metrics.set('penstock_watermark_delay_seconds', { connector }, delayMs / 1000);
    }
  }

  private async renewOne(copier: ShardCopier): Promise<void> {
    try {
      await copier.renew();
    } catch (cause) {
      if (isLost(cause)) copier.abort();
      else
        this.ports.log.warning('A lease could not be renewed', {
          shard: copier.lease.shardId,
          reason: reasonOf(cause),
        });
    }
  }
}

/** A copier whose connector reads its records in another way now makes room for one that does so. */
function isCurrent({ connector }: ShardCopier, running: ReadonlyMap<string, Connector>): boolean {
  const now = running.get(connector.id);
  return now !== undefined && isSameFormat(now.events, connector.events);
}

const reasonOf = (cause: unknown): string =>
  cause instanceof PenstockError ? `${cause.code}: ${cause.message}` : String(cause);
