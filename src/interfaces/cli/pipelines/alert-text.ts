import type { AlertList } from '../../../application/event-pipelines/list-alerts.query.js';
import { textTable } from '../text-table.js';

const HEAD = ['state', 'severity', 'alert', 'window', 'group', 'first', 'last', 'fired', 'resolved'];

/** Alerts, for people. */
export function alertsText({ alerts, next }: AlertList): string[] {
  if (alerts.length === 0) return ['There are no alerts.'];
  const rows = alerts.map((each) => [
    each.resolution === undefined ? each.state : `${each.state} (${each.resolution})`,
    each.severity,
    each.alert,
    each.window_start,
    groupText(each.group),
    each.first_value,
    each.last_value,
    each.fired_at,
    each.resolved_at,
  ]);
  return [...textTable(HEAD, rows), ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}

export function groupText(group: Readonly<Record<string, string | null>>): string {
  return Object.entries(group)
    .map(([field, value]) => `${field}=${value ?? '-'}`)
    .join(' ');
}
