import type { ClientBase } from 'pg';
import {
  type AlertEvaluation,
  type AlertRecord,
  type AlertResolution,
  type AlertState,
  nextAlertRecord,
} from '../../../domain/event-pipelines/window-alerts.js';
import type { Column } from '../../../domain/shared/column.js';
import { columnArrays, unnestInsert } from './unnest-insert.js';
import { momentText, storable } from './window-tables.js';

export interface AlertRow {
  readonly id: string;
  readonly domain: string;
  readonly alert: string;
  readonly aggregation: string;
  readonly severity: AlertRecord['severity'];
  readonly window_start: Date;
  readonly window_end: Date;
  readonly group_key: string;
  readonly group_values: AlertRecord['group'];
  readonly state: AlertState;
  readonly resolution: AlertResolution | null;
  readonly first_value: string;
  readonly last_value: string | null;
  readonly fired_at: Date;
  readonly changed_at: Date;
  readonly resolved_at: Date | null;
  readonly passes_at: Date;
}

const COLUMNS: readonly Column[] = [
  { name: 'domain', type: 'text' },
  { name: 'alert', type: 'text' },
  { name: 'window_start', type: 'timestamptz' },
  { name: 'group_key', type: 'text' },
  { name: 'window_end', type: 'timestamptz' },
  { name: 'aggregation', type: 'text' },
  { name: 'severity', type: 'text' },
  { name: 'group_values', type: 'jsonb' },
  { name: 'state', type: 'text' },
  { name: 'resolution', type: 'text' },
  { name: 'first_value', type: 'text' },
  { name: 'last_value', type: 'text' },
  { name: 'fired_at', type: 'timestamptz' },
  { name: 'changed_at', type: 'timestamptz' },
  { name: 'resolved_at', type: 'timestamptz' },
  { name: 'passes_at', type: 'timestamptz' },
];
const KEY = ['domain', 'alert', 'window_start', 'group_key'];

const UPSERT = unnestInsert({ table: 'penstock.window_alert', columns: COLUMNS, key: KEY });

const FIND = `
  SELECT a.* FROM penstock.window_alert a
  JOIN unnest($2::text[], $3::text[], $4::text[]) AS wanted (alert, window_start, group_key)
    ON a.alert = wanted.alert AND a.window_start = wanted.window_start::timestamptz AND a.group_key = wanted.group_key
  WHERE a.domain = $1`;

/**
 * Takes the alerts of changed windows on, in the transaction of who holds the domain: nobody else writes them meanwhile.
 *
 * @returns those that began or ceased to fire
 */
export async function recordAlerts(
  client: ClientBase,
  domain: string,
  evaluations: readonly AlertEvaluation[],
  nowMs: number,
): Promise<AlertRecord[]> {
  if (evaluations.length === 0) return [];
  const known = new Map((await existing(client, domain, evaluations)).map((record) => [keyOf(record), record]));
  const news = new Map<string, AlertRecord>();
  const changed = new Set<string>();
  for (const evaluation of evaluations) {
    const { alert, window, groupKey } = evaluation;
    const key = keyOf({ alert: alert.name, windowStartMs: window.startMs, groupKey });
    const step = nextAlertRecord(domain, known.get(key), evaluation, nowMs);
    if (step === undefined) continue;
    known.set(key, step.record);
    news.set(key, step.record);
    if (step.isChange) changed.add(key);
  }
  const rows = [...news.values()].map(valuesOf);
  if (rows.length > 0) await client.query(UPSERT, columnArrays(COLUMNS.length, rows));
  return [...news].filter(([key]) => changed.has(key)).map(([, record]) => record);
}

async function existing(
  client: ClientBase,
  domain: string,
  evaluations: readonly AlertEvaluation[],
): Promise<AlertRecord[]> {
  const { rows } = await client.query<AlertRow>(FIND, [
    domain,
    evaluations.map(({ alert }) => alert.name),
    evaluations.map(({ window }) => momentText(window.startMs)),
    evaluations.map(({ groupKey }) => groupKey),
  ]);
  return rows.map(recordOf);
}

function keyOf({ alert, windowStartMs, groupKey }: Pick<AlertRecord, 'alert' | 'windowStartMs' | 'groupKey'>): string {
  return `${alert} ${windowStartMs} ${groupKey}`;
}

export function recordOf(row: AlertRow): AlertRecord {
  return {
    domain: row.domain,
    alert: row.alert,
    aggregation: row.aggregation,
    severity: row.severity,
    windowStartMs: row.window_start.getTime(),
    windowEndMs: row.window_end.getTime(),
    groupKey: row.group_key,
    group: row.group_values,
    state: row.state,
    ...(row.resolution !== null && { resolution: row.resolution }),
    firstValue: row.first_value,
    lastValue: row.last_value,
    firedAtMs: row.fired_at.getTime(),
    changedAtMs: row.changed_at.getTime(),
    ...(row.resolved_at !== null && { resolvedAtMs: row.resolved_at.getTime() }),
    passesAtMs: row.passes_at.getTime(),
  };
}

function valuesOf(record: AlertRecord): (string | null)[] {
  const group = Object.entries(record.group).map(([field, value]) => [field, storable(value)]);
  return [
    record.domain,
    record.alert,
    momentText(record.windowStartMs),
    record.groupKey,
    momentText(record.windowEndMs),
    record.aggregation,
    record.severity,
    JSON.stringify(Object.fromEntries(group)),
    record.state,
    record.resolution ?? null,
    record.firstValue,
    record.lastValue,
    momentText(record.firedAtMs),
    momentText(record.changedAtMs),
    record.resolvedAtMs === undefined ? null : momentText(record.resolvedAtMs),
    momentText(record.passesAtMs),
  ];
}
