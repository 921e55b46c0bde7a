import type { Aggregation, FieldCondition } from '../../src/domain/event-pipelines/domain-config.js';

/** A row of a table of events, as it is inserted. */
export type EventRow = Readonly<Record<string, string | number | null>> & {
  readonly event_id: string;
  readonly timestamp: number;
  readonly watermark: number;
};

export interface ExpectedWindow {
  readonly startMs: number;
  readonly group: Record<string, string | null>;
  readonly value: string | null;
  readonly events: number;
}

/** The same windows by the plainest computation there is: every event against every window it lies in. */
export function expectedWindows(aggregation: Aggregation, events: readonly EventRow[]): ExpectedWindow[] {
  const found = new Map<string, { startMs: number; group: Record<string, string | null>; events: EventRow[] }>();
  for (const event of events.filter((each) => aggregation.filter.every((condition) => holds(condition, each)))) {
    for (const startMs of windowsOf(aggregation, event)) {
      if (isLate(aggregation, event, startMs)) continue;
      const group = Object.fromEntries(aggregation.groupBy.map((field) => [field, text(event[field] ?? null)]));
      const key = JSON.stringify([startMs, group]);
      const window = found.get(key) ?? { startMs, group, events: [] };
      window.events.push(event);
      found.set(key, window);
    }
  }
  return [...found.values()]
    .map(({ startMs, group, events: own }) => ({
      startMs,
      group,
      value: valueOf(aggregation, own),
      events: own.length,
    }))
    .sort(byPlace(aggregation));
}

/** Late events as `id@window start`, in order. */
export function expectedLate(aggregation: Aggregation, events: readonly EventRow[]): string[] {
  return events
    .filter((event) => aggregation.filter.every((condition) => holds(condition, event)))
    .flatMap((event) =>
      windowsOf(aggregation, event)
        .filter((startMs) => isLate(aggregation, event, startMs))
        .map((startMs) => `${event.event_id}@${startMs}`),
    )
    .sort();
}

function windowsOf({ window: { durationMs, slideMs } }: Aggregation, { timestamp }: EventRow): number[] {
  const starts: number[] = [];
  for (let start = Math.floor(timestamp / slideMs) * slideMs; start + durationMs > timestamp; start -= slideMs) {
    starts.push(start);
  }
  return starts;
}

function isLate({ window, allowedLatenessMs }: Aggregation, { watermark }: EventRow, startMs: number): boolean {
  return watermark >= startMs + window.durationMs + allowedLatenessMs;
}

function holds({ field, comparison, value }: FieldCondition, event: EventRow): boolean {
  const own = event[field] ?? null;
  if (own === null) return false;
  const other = typeof own === 'number' ? Number(value) : String(value);
  if (comparison === '=') return own === other;
  if (comparison === '!=') return own !== other;
  if (comparison === '<') return own < other;
  if (comparison === '<=') return own <= other;
  return comparison === '>' ? own > other : own >= other;
}

function valueOf({ kind, field = '' }: Aggregation, events: readonly EventRow[]): string | null {
  if (kind === 'count') return String(events.length);
  const values = events.map((event) => event[field] ?? null).filter((value) => value !== null);
  if (kind === 'count_distinct') return String(new Set(values).size);
  if (values.length === 0) return null;
  const total = values.reduce<number>((sum, value) => sum + Number(value), 0);
  return text(kind === 'sum' ? total : total / values.length);
}

function byPlace({ groupBy }: Aggregation) {
  return (a: ExpectedWindow, b: ExpectedWindow): number => {
    if (a.startMs !== b.startMs) return a.startMs - b.startMs;
    for (const field of groupBy) {
      const [left, right] = [a.group[field] ?? null, b.group[field] ?? null];
      if (left === right) continue;
      if (left === null || right === null) return left === null ? 1 : -1;
      return Buffer.compare(Buffer.from(left), Buffer.from(right));
    }
    return 0;
  };
}

const text = (value: string | number | null): string | null => (value === null ? null : String(value));
