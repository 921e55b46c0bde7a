import type { DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import type { Clock } from '../../../domain/ports/clock.port.js';
import type { Log } from '../../../domain/ports/log.port.js';
import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type { WindowCounts } from '../../../domain/ports/window-counts.port.js';

export interface LateGaugePorts {
  readonly counts: WindowCounts;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

const EVERY_MS = 30_000;

/** Shows how many events of deployed domains came too late. */
export class LateGauge {
  private readAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly ports: LateGaugePorts) {}

  /** Never fails: a metric is not worth a turn. */
  async read(domains: readonly DomainConfig[]): Promise<void> {
    const { clock, counts, metrics, log } = this.ports;
    if (clock.nowMs() - this.readAtMs < EVERY_MS) return;
    this.readAtMs = clock.nowMs();
    for (const domain of domains) {
      try {
        for (const { aggregation, lateEvents } of await counts.read(domain)) {
          metrics.set('penstock_late_events', { domain: domain.name, aggregation }, lateEvents);
        }
      } catch {
        log.debug('Late events could not be counted', { domain: domain.name });
      }
    }
  }
}
