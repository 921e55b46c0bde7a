import type { Aggregation, DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import { waitsForEnd } from '../../../domain/event-pipelines/window-alerts.js';
import {
  type FollowedDomain,
  followFingerprint,
  groupKeyOf,
  windowTableOf,
} from '../../../domain/event-pipelines/window-table.js';
import type { AggregateWindows, WindowRow } from '../../../domain/ports/aggregate-windows.port.js';
import type { FollowLease, FollowPosition } from '../../../domain/ports/window-follows.port.js';
import { ChangedWindows, type FollowedWindow } from './changed-windows.js';
import { WindowWriter, type WriterPorts } from './window-writer.js';

/** What is followed. */
export interface FollowTarget extends FollowedDomain {
  readonly aggregation: Aggregation;
}

export interface FollowerPorts extends WriterPorts {
  readonly windows: AggregateWindows;
}

/** Windows read at once while all are read. */
const PAGE_ROWS = 5000;
/** How far the clocks of the warehouse and of this process may be apart, with room to spare. */
const CLOCK_SKEW_MS = 600_000;
/** How often it is kept that nothing had to be decided. */
const DECIDED_EVERY_MS = 60_000;

/** Follows one aggregation for as long as a lease is held: all windows first, then what changes. */
export class AggregationFollower {
  private changes: ChangedWindows;
  private keptDecidedMs: number;
  private readonly writer: WindowWriter;

  private constructor(
    private readonly ports: FollowerPorts,
    private readonly domain: DomainConfig,
    readonly aggregation: Aggregation,
    private position: FollowPosition,
  ) {
    this.writer = new WindowWriter(ports, domain);
    this.changes = new ChangedWindows(ports.windows, domain, aggregation, position.toldMs);
    this.keptDecidedMs = position.decidedMs;
  }

  /** Goes on where it was left, or anew where what is computed, or where it is written, has changed since. */
  static async open(
    ports: FollowerPorts,
    lease: FollowLease,
    target: FollowTarget,
    kept: FollowPosition | undefined,
  ): Promise<AggregationFollower> {
    const { domain, aggregation } = target;
    const fingerprint = followFingerprint(target, aggregation);
    if (kept?.fingerprint === fingerprint) return new AggregationFollower(ports, domain, aggregation, kept);
    return AggregationFollower.anew(ports, lease, target);
  }

  /** Empties what was written, and begins with all windows there are. */
  static async anew(ports: FollowerPorts, lease: FollowLease, target: FollowTarget): Promise<AggregationFollower> {
    const { domain, aggregation } = target;
    const nowMs = ports.clock.nowMs();
    const position: FollowPosition = {
      domain: domain.name,
      aggregation: aggregation.name,
      fingerprint: followFingerprint(target, aggregation),
      isFilled: false,
      toldMs: nowMs - CLOCK_SKEW_MS,
      decidedMs: nowMs,
    };
    await ports.follows.begin(lease, position, windowTableOf(domain, aggregation));
    return new AggregationFollower(ports, domain, aggregation, position);
  }

  /** @returns how old the oldest change was when it was written, in milliseconds; 0 where there was none */
  async turn(lease: FollowLease, signal: AbortSignal): Promise<number> {
    await this.fill(lease, signal);
    let delayMs = 0;
    for await (const windows of this.changes.round(signal)) {
      const toldMs = Math.max(this.position.toldMs, windows.at(-1)?.state.changedAtMs ?? 0);
      await this.write(lease, windows, { ...this.position, toldMs });
      const oldestMs = windows[0]?.state.changedAtMs ?? Number.POSITIVE_INFINITY;
      delayMs = Math.max(delayMs, this.ports.clock.nowMs() - oldestMs);
      if (signal.aborted) return delayMs;
    }
    if (this.domain.alerts.some((alert) => alert.aggregation === this.aggregation.name && waitsForEnd(alert))) {
      await this.decide(lease, signal);
    }
    return delayMs;
  }

  private async fill(lease: FollowLease, signal: AbortSignal): Promise<void> {
    while (!this.position.isFilled && !signal.aborted) {
      const { fillCursor: cursor, ...position } = this.position;
      const wanted = { limit: PAGE_ROWS, ...(cursor !== undefined && { cursor }) };
      const { rows, next } = await this.ports.windows.windows(this.domain, this.aggregation, wanted);
      const isFilled = next === undefined;
      await this.write(lease, this.keyed(rows), { ...position, isFilled, ...(isFilled ? {} : { fillCursor: next }) });
    }
  }

  /** Windows that are over now, with their late events, for the alerts that wait for it. */
  private async decide(lease: FollowLease, signal: AbortSignal): Promise<void> {
    const { allowedLatenessMs, window } = this.aggregation;
    const nowMs = this.ports.clock.nowMs();
    const beforeMs = allowedLatenessMs + window.durationMs;
    const range = { fromMs: this.position.decidedMs - beforeMs + 1, toMs: nowMs - beforeMs + 1 };
    let cursor: string | undefined;
    do {
      const wanted = { ...range, limit: PAGE_ROWS, ...(cursor !== undefined && { cursor }) };
      const { rows, next } = await this.ports.windows.windows(this.domain, this.aggregation, wanted);
      if (signal.aborted) return;
      cursor = next;
      const decidedMs = cursor === undefined ? nowMs : this.position.decidedMs;
      const position = { ...this.position, decidedMs };
      const isWorthKeeping = rows.length > 0 || nowMs - this.keptDecidedMs >= DECIDED_EVERY_MS;
      if (isWorthKeeping) {
        await this.write(lease, this.keyed(rows), position);
        this.keptDecidedMs = decidedMs;
      }
      this.position = position;
    } while (cursor !== undefined);
  }

  private async write(lease: FollowLease, windows: readonly FollowedWindow[], position: FollowPosition): Promise<void> {
    await this.writer.write(lease, this.aggregation, { windows, position });
    this.position = position;
  }

  private keyed(rows: readonly WindowRow[]): FollowedWindow[] {
    return rows.map((state) => ({ state, groupKey: groupKeyOf(this.aggregation, state.group) }));
  }
}
