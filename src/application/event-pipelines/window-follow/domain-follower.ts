import { PenstockError } from '../../../domain/errors.js';
import type { Aggregation, DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import type { FollowedDomain } from '../../../domain/event-pipelines/window-table.js';
import type { FollowLimits } from '../../../domain/event-pipelines/follow-limits.js';
import type { AlertRecords } from '../../../domain/ports/alert-records.port.js';
import type { FollowLease } from '../../../domain/ports/window-follows.port.js';
import { AggregationFollower, type FollowerPorts } from './aggregation-follower.js';
import { AlertUpkeep } from './alert-upkeep.js';

export interface DomainFollowerPorts extends FollowerPorts {
  readonly alerts: AlertRecords;
  readonly limits: FollowLimits;
}

/** Renewals within one lease: two may fail before it is lost. */
const RENEWALS_PER_LEASE = 3;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;
/** After a failure the pause doubles, up to this. */
const LONGEST_BACKOFF_MS = 30_000;
const FIRST_BACKOFF_MS = 500;

interface Trouble {
  readonly reason: string;
  readonly pauseMs: number;
  readonly retryAtMs: number;
}

/** The aggregations of a domain whose windows somebody wants to be told of. */
export function followedAggregations({ aggregations, alerts, postgres }: DomainConfig): readonly Aggregation[] {
  if (postgres !== undefined) return aggregations;
  return aggregations.filter(({ name }) => alerts.some(({ aggregation }) => aggregation === name));
}

/** Follows the windows of a domain for as long as it is let, while no other process does. */
export class DomainFollower {
  private readonly followers = new Map<string, AggregationFollower>();
  private readonly troubles = new Map<string, Trouble>();
  private readonly domain: DomainConfig;
  private readonly upkeep: AlertUpkeep;
  private lease: FollowLease | undefined;
  private takenAtMs = 0;
  private workedAtMs: number;

  constructor(
    private readonly ports: DomainFollowerPorts,
    private readonly followed: FollowedDomain,
    private readonly holder: string,
  ) {
    this.domain = followed.domain;
    this.upkeep = new AlertUpkeep(ports, this.domain);
    this.workedAtMs = ports.clock.nowMs();
  }

  /** Until the signal is aborted; what is being written then is written to its end. */
  async run(signal: AbortSignal): Promise<void> {
    let backoffMs = 0;
    while (!signal.aborted) {
      try {
        const pauseMs = (await this.turn(signal)) ? this.pauseMs() : this.ports.limits.leaseMs / RENEWALS_PER_LEASE;
        if (backoffMs > 0) this.ports.log.info('Windows are followed again', { domain: this.domain.name });
        backoffMs = 0;
        await this.ports.clock.sleep(pauseMs, signal);
      } catch (cause) {
        if (backoffMs === 0) this.warn('Windows cannot be followed', cause);
        backoffMs = Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
        this.gauge(this.ports.clock.nowMs() - this.workedAtMs);
        await this.ports.clock.sleep(backoffMs, signal);
      }
    }
    await this.letGo();
  }

  /** @returns false while another process follows the domain */
  private async turn(signal: AbortSignal): Promise<boolean> {
    const lease = await this.held();
    if (lease === undefined) return false;
    let delayMs = 0;
    try {
      for (const aggregation of followedAggregations(this.domain)) {
        if (!signal.aborted) delayMs = Math.max(delayMs, await this.follow(lease, aggregation, signal));
      }
      await this.upkeep.turn(lease);
    } catch (cause) {
      if (!isLost(cause)) throw cause;
      this.lease = undefined;
      return false;
    }
    this.gauge(delayMs);
    return true;
  }

  /** One aggregation in trouble does not keep the others from being followed. */
  private async follow(lease: FollowLease, aggregation: Aggregation, signal: AbortSignal): Promise<number> {
    const { clock, log } = this.ports;
    const trouble = this.troubles.get(aggregation.name);
    if (trouble !== undefined && trouble.retryAtMs > clock.nowMs()) return clock.nowMs() - this.workedAtMs;
    try {
      const follower = await this.followerOf(lease, aggregation);
      const delayMs = await follower.turn(lease, signal);
      this.workedAtMs = clock.nowMs();
      if (this.troubles.delete(aggregation.name)) {
        log.info('Windows are followed again', { domain: this.domain.name, aggregation: aggregation.name });
      }
      return delayMs;
    } catch (cause) {
      if (isLost(cause) || isEngineAway(cause)) throw cause;
      // A table that somebody has dropped is made anew, and filled anew.
      if (isTableGone(cause)) await this.beginAnew(lease, aggregation);
      return this.note(aggregation, cause);
    }
  }

  private note({ name }: Aggregation, cause: unknown): number {
    const { clock } = this.ports;
    const [reason, before] = [reasonOf(cause), this.troubles.get(name)];
    const pauseMs = Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, (before?.pauseMs ?? 0) * 2));
    if (before?.reason !== reason) this.warn('Windows of an aggregation cannot be followed', cause, name);
    this.troubles.set(name, { reason, pauseMs, retryAtMs: clock.nowMs() + pauseMs });
    return clock.nowMs() - this.workedAtMs;
  }

  private async followerOf(lease: FollowLease, aggregation: Aggregation): Promise<AggregationFollower> {
    const known = this.followers.get(aggregation.name);
    if (known !== undefined) return known;
    const positions = await this.ports.follows.positions(this.domain.name);
    const kept = positions.find((position) => position.aggregation === aggregation.name);
    const follower = await AggregationFollower.open(this.ports, lease, { ...this.followed, aggregation }, kept);
    this.followers.set(aggregation.name, follower);
    return follower;
  }

  private async beginAnew(lease: FollowLease, aggregation: Aggregation): Promise<void> {
    const follower = await AggregationFollower.anew(this.ports, lease, { ...this.followed, aggregation });
    this.followers.set(aggregation.name, follower);
  }

  private async held(): Promise<FollowLease | undefined> {
    const { follows, clock, limits } = this.ports;
    const nowMs = clock.nowMs();
    if (this.lease !== undefined && nowMs - this.takenAtMs < limits.leaseMs / RENEWALS_PER_LEASE) return this.lease;
    const lease = await follows.take(this.domain.name, this.holder, limits.leaseMs);
    this.takenAtMs = nowMs;
    if (lease?.fence !== this.lease?.fence) await this.newlyHeld(lease);
    this.lease = lease;
    return lease;
  }

  /** Somebody else may have gone on meanwhile: what is remembered of before does not hold. */
  private async newlyHeld(lease: FollowLease | undefined): Promise<void> {
    this.followers.clear();
    if (lease === undefined) return this.gauge(0);
    this.ports.log.info('Following the windows of a domain', { domain: this.domain.name });
    const kept = followedAggregations(this.domain).map(({ name }) => name);
    await this.ports.follows.retire(lease, kept);
  }

  private async letGo(): Promise<void> {
    this.gauge(0);
    const { lease } = this;
    if (lease === undefined) return;
    // Nobody is kept waiting longer than the lease lasts.
    await this.ports.follows
      .release(lease)
      .catch((cause: unknown) => this.warn('A lease could not be given back', cause));
  }

  private pauseMs(): number {
    const { postgres, alerts } = this.domain;
    const sinkMs = postgres === undefined ? LONGEST_PAUSE_MS : postgres.delayMs / 2;
    const alertsMs = alerts.length === 0 ? LONGEST_PAUSE_MS : this.ports.limits.pollMs;
    return Math.max(SHORTEST_PAUSE_MS, Math.min(sinkMs, alertsMs, LONGEST_PAUSE_MS));
  }

  private gauge(delayMs: number): void {
    this.ports.metrics.set('penstock_sink_delay_seconds', { domain: this.domain.name }, delayMs / 1000);
  }

  private warn(message: string, cause: unknown, aggregation?: string): void {
    const fields = { domain: this.domain.name, ...(aggregation !== undefined && { aggregation }) };
    this.ports.log.warning(message, { ...fields, reason: reasonOf(cause) });
  }
}

const AWAY = new Set(['database.unreachable', 'warehouse.unreachable']);

const isLost = (cause: unknown): boolean => cause instanceof PenstockError && cause.code === 'lease.lost';
const isEngineAway = (cause: unknown): boolean => cause instanceof PenstockError && AWAY.has(cause.code);
const isTableGone = (cause: unknown): boolean => cause instanceof PenstockError && cause.code === 'table.unknown';

/** Of a defect only its name: its words may hold values. */
function reasonOf(cause: unknown): string {
  if (cause instanceof PenstockError) return `${cause.code}: ${cause.message}`;
  return cause instanceof Error ? cause.name : 'unknown';
}
