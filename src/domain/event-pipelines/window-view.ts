import type { AlertRecord } from './window-alerts.js';
import type { WindowState } from './window-table.js';

/** A window that changed, for people and programs. */
export interface WindowChangeView {
  readonly aggregation: string;
  readonly window_start: string;
  /** First moment behind it. */
  readonly window_end: string;
  readonly group: WindowState['group'];
  /** Decimal text; null where no event of the window has the field. */
  readonly value: string | null;
  readonly events: number;
  readonly changed_at: string;
}

/** An alert for one window of one group, for people and programs. */
export interface AlertView {
  readonly alert: string;
  readonly aggregation: string;
  readonly severity: AlertRecord['severity'];
  readonly state: AlertRecord['state'];
  readonly resolution?: AlertRecord['resolution'];
  readonly window_start: string;
  readonly window_end: string;
  readonly group: AlertRecord['group'];
  readonly first_value: string;
  readonly last_value: string | null;
  readonly fired_at: string;
  readonly changed_at: string;
  readonly resolved_at?: string;
}

export function windowChangeView(aggregation: string, window: WindowState): WindowChangeView {
  const { startMs, endMs, group, value, events, changedAtMs } = window;
  return {
    aggregation,
    window_start: momentText(startMs),
    window_end: momentText(endMs),
    group,
    value,
    events,
    changed_at: momentText(changedAtMs),
  };
}

export function alertView(record: AlertRecord): AlertView {
  const { alert, aggregation, severity, state, resolution, group, resolvedAtMs } = record;
  return {
    alert,
    aggregation,
    severity,
    state,
    ...(resolution !== undefined && { resolution }),
    window_start: momentText(record.windowStartMs),
    window_end: momentText(record.windowEndMs),
    group,
    first_value: record.firstValue,
    last_value: record.lastValue,
    fired_at: momentText(record.firedAtMs),
    changed_at: momentText(record.changedAtMs),
    ...(resolvedAtMs !== undefined && { resolved_at: momentText(resolvedAtMs) }),
  };
}

const momentText = (ms: number): string => new Date(ms).toISOString();
