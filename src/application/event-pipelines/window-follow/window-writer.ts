import type { Aggregation, DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import { type AlertRecord, evaluateAlerts } from '../../../domain/event-pipelines/window-alerts.js';
import { windowTableOf } from '../../../domain/event-pipelines/window-table.js';
import type { Clock } from '../../../domain/ports/clock.port.js';
import type { Log } from '../../../domain/ports/log.port.js';
import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type { FollowLease, FollowPosition, WindowFollows } from '../../../domain/ports/window-follows.port.js';
import type { FollowedWindow } from './changed-windows.js';

export interface WriterPorts {
  readonly follows: WindowFollows;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Alerts of one page that get a line each in the log. */
const MOST_LINES = 20;

/** Writes pages of windows of a domain, and tells what came of it. */
export class WindowWriter {
  constructor(
    private readonly ports: WriterPorts,
    private readonly domain: DomainConfig,
  ) {}

  async write(
    lease: FollowLease,
    aggregation: Aggregation,
    { windows, position }: { readonly windows: readonly FollowedWindow[]; readonly position: FollowPosition },
  ): Promise<void> {
    const { follows, clock, metrics } = this.ports;
    const table = windowTableOf(this.domain, aggregation);
    const nowMs = clock.nowMs();
    const evaluations = windows.flatMap(({ state, groupKey }) =>
      evaluateAlerts(this.domain.alerts, aggregation, { window: state, groupKey, nowMs }),
    );
    const page = { position, windows, evaluations, nowMs, ...(table !== undefined && { table }) };
    const labels = { sink: 'postgres', table: table === undefined ? '' : `${table.schema}.${table.table}` };
    try {
      const { written, changes } = await follows.write(lease, page);
      if (table !== undefined && windows.length > 0) {
        metrics.count('sink_writes_total', { ...labels, status: 'success' });
        metrics.count('sink_rows_total', labels, written);
        metrics.observe('sink_latency_seconds', labels, (clock.nowMs() - nowMs) / 1000);
        metrics.observe('penstock_sink_batch_rows', { sink: labels.sink }, windows.length);
      }
      this.tell(changes);
    } catch (cause) {
      if (table !== undefined) metrics.count('sink_writes_total', { ...labels, status: 'error' });
      throw cause;
    }
  }

  /** Says once that an alert began or ceased to fire. Groups are values of events, which no log is for. */
  tell(changes: readonly AlertRecord[]): void {
    const { log, metrics } = this.ports;
    for (const { domain, alert, state } of changes) {
      metrics.count('penstock_alert_changes_total', { domain, alert, state });
    }
    // Those that had passed when they were first looked at are history.
    const news = changes.filter(({ resolution }) => resolution !== 'passed');
    for (const record of news.slice(0, MOST_LINES)) this.tellOne(record);
    const untold = changes.length - Math.min(news.length, MOST_LINES);
    if (untold > 0) log.info('Alerts of further windows have changed', { domain: this.domain.name, windows: untold });
  }

  private tellOne({ domain, alert, severity, state, lastValue, windowStartMs, resolution }: AlertRecord): void {
    const { log } = this.ports;
    const fields = { domain, alert, severity, window: new Date(windowStartMs).toISOString(), value: lastValue };
    if (state === 'resolved') log.info('An alert is resolved', { ...fields, resolution });
    else if (severity === 'info') log.info('An alert fires', fields);
    else log.warning('An alert fires', fields);
  }
}
