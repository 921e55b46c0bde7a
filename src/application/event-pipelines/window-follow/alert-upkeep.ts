import type { DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import type { FollowLimits } from '../../../domain/event-pipelines/follow-limits.js';
import type { AlertRecords } from '../../../domain/ports/alert-records.port.js';
import type { FollowLease } from '../../../domain/ports/window-follows.port.js';
import { WindowWriter, type WriterPorts } from './window-writer.js';

export interface AlertUpkeepPorts extends WriterPorts {
  readonly alerts: AlertRecords;
  readonly limits: FollowLimits;
}

/** Pause between two looks at what has passed. */
const PASS_EVERY_MS = 5000;
const SWEEP_EVERY_MS = 600_000;

/** Alerts whose windows have passed are resolved, old ones forgotten, and those that fire counted. */
export class AlertUpkeep {
  private passedAtMs = Number.NEGATIVE_INFINITY;
  private sweptAtMs: number;
  private readonly writer: WindowWriter;

  constructor(
    private readonly ports: AlertUpkeepPorts,
    private readonly domain: DomainConfig,
  ) {
    this.writer = new WindowWriter(ports, domain);
    this.sweptAtMs = ports.clock.nowMs();
  }

  async turn(lease: FollowLease): Promise<void> {
    const { alerts, clock, limits } = this.ports;
    const nowMs = clock.nowMs();
    if (nowMs - this.passedAtMs < PASS_EVERY_MS) return;
    const names = this.domain.alerts.map(({ name }) => name);
    this.writer.tell(await alerts.pass(lease, names, nowMs));
    await this.gauge();
    this.passedAtMs = nowMs;
    if (nowMs - this.sweptAtMs < SWEEP_EVERY_MS) return;
    await alerts.sweep(this.domain.name, nowMs - limits.alertsKeptMs, limits.mostAlerts);
    this.sweptAtMs = nowMs;
  }

  private async gauge(): Promise<void> {
    const { alerts, metrics } = this.ports;
    const { name: domain } = this.domain;
    const counts = new Map((await alerts.firing(domain)).map(({ alert, windows }) => [alert, windows]));
    for (const { name: alert, severity } of this.domain.alerts) {
      metrics.set('penstock_alerts_firing', { domain, alert, severity }, counts.get(alert) ?? 0);
    }
  }
}
