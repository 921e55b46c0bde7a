import type { Aggregation, Alert, Comparison } from './domain-config.js';
import type { WindowState } from './window-table.js';

/** `firing`: the window meets the condition. `resolved`: no longer, or the window has passed. */
export const ALERT_STATES = ['firing', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** `cleared`: the value changed. `passed`: a later window has its place. `removed`: nobody wants to be told any more. */
export type AlertResolution = 'cleared' | 'passed' | 'removed';

/** What is kept of an alert for one window of one group. */
export interface AlertRecord {
  readonly domain: string;
  readonly alert: string;
  readonly aggregation: string;
  readonly severity: Alert['severity'];
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly groupKey: string;
  readonly group: WindowState['group'];
  readonly state: AlertState;
  readonly resolution?: AlertResolution;
  /** With which it began to fire, and that of the last change; exact decimal text. */
  readonly firstValue: string;
  readonly lastValue: string | null;
  readonly firedAtMs: number;
  readonly changedAtMs: number;
  readonly resolvedAtMs?: number;
  /** From when on a later window has its place. */
  readonly passesAtMs: number;
}

/** One alert, looked at for one window. */
export interface AlertEvaluation {
  readonly alert: Alert;
  readonly window: WindowState;
  readonly groupKey: string;
  readonly isMet: boolean;
  readonly passesAtMs: number;
}

/** So long a window is shown as firing at least, so that whoever looks once a minute sees it. */
const SHOWN_MS = 60_000;

/**
 * The alerts that can be decided for a window now. A value that is too high is so at once; one that is too low, or not
 * the one it should be, only when the window is over and its late events are in: until then it is only young.
 */
export function evaluateAlerts(
  alerts: readonly Alert[],
  aggregation: Aggregation,
  seen: { readonly window: WindowState; readonly groupKey: string; readonly nowMs: number },
): AlertEvaluation[] {
  const { window, groupKey, nowMs } = seen;
  const finalAtMs = window.endMs + aggregation.allowedLatenessMs;
  const passesAtMs = finalAtMs + Math.max(aggregation.window.slideMs, SHOWN_MS);
  return alerts
    .filter((alert) => alert.aggregation === aggregation.name && (!waitsForEnd(alert) || finalAtMs <= nowMs))
    .map((alert) => ({ alert, window, groupKey, passesAtMs, isMet: isMet(alert, window.value) }));
}

export const waitsForEnd = ({ comparison }: Alert): boolean => comparison !== '>' && comparison !== '>=';

/** A window without a value (no event had the field) meets no condition. */
function isMet({ comparison, threshold }: Alert, value: string | null): boolean {
  if (value === null) return false;
  const order = compareDecimals(value, threshold);
  return order !== undefined && HOLDS[comparison](order);
}

const HOLDS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Whole numbers of any size exactly; undefined for what is no number. */
function compareDecimals(text: string, threshold: number): number | undefined {
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(threshold)) return sign(BigInt(text), BigInt(threshold));
  const value = Number(text);
  return Number.isNaN(value) ? undefined : sign(value, threshold);
}

function sign<T extends bigint | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** What a record becomes, and whether that is news. */
export interface AlertStep {
  readonly record: AlertRecord;
  readonly isChange: boolean;
}

/** @returns undefined where nothing is to be written: nothing fired and nothing fires, or the window was seen newer before */
export function nextAlertRecord(
  domain: string,
  before: AlertRecord | undefined,
  evaluation: AlertEvaluation,
  nowMs: number,
): AlertStep | undefined {
  const { alert, window, groupKey, passesAtMs } = evaluation;
  if (!isNews(before, evaluation)) return undefined;
  const first = before ?? { firstValue: window.value ?? '', firedAtMs: nowMs };
  const record: AlertRecord = {
    domain,
    alert: alert.name,
    aggregation: alert.aggregation,
    severity: alert.severity,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    groupKey,
    group: window.group,
    firstValue: first.firstValue,
    lastValue: window.value,
    firedAtMs: first.firedAtMs,
    changedAtMs: window.changedAtMs,
    passesAtMs,
    ...outcome(evaluation, before, nowMs),
  };
  return { record, isChange: record.state !== before?.state };
}

function isNews(before: AlertRecord | undefined, { isMet: met, window }: AlertEvaluation): boolean {
  if (before === undefined) return met;
  return before.changedAtMs <= window.changedAtMs && (met || before.state === 'firing');
}

function outcome(
  { isMet: met, passesAtMs }: AlertEvaluation,
  before: AlertRecord | undefined,
  nowMs: number,
): Pick<AlertRecord, 'state' | 'resolution' | 'resolvedAtMs'> {
  if (met && passesAtMs > nowMs) return { state: 'firing' };
  const resolvedAtMs = before?.resolvedAtMs ?? nowMs;
  return { state: 'resolved', resolution: met ? 'passed' : 'cleared', resolvedAtMs };
}
