import type { Deployment } from '../../domain/event-pipelines/deployment.js';
import type { Aggregation, Window } from '../../domain/event-pipelines/domain-config.js';
import type { DeployStep } from '../../domain/ports/aggregate-windows.port.js';
import type { EventConnectorState } from '../../domain/ports/event-connectors.port.js';
import type { WindowCount } from '../../domain/ports/window-counts.port.js';

/** A deployed domain in a list. */
export interface PipelineSummary {
  readonly domain: string;
  readonly description: string;
  readonly environment?: string;
  readonly deployed_at: string;
  readonly deployed_by: string;
  readonly event_types: readonly string[];
  readonly aggregations: readonly string[];
}

export interface PipelineView extends Omit<PipelineSummary, 'event_types' | 'aggregations'> {
  readonly event_types: readonly EventTypeView[];
  readonly aggregations: readonly AggregationView[];
}

/** How the events of one type come in. */
export interface EventTypeView {
  readonly event_type: string;
  readonly stream: string;
  readonly table: string;
  readonly state: EventConnectorState['state'];
  readonly connector_id?: string;
  readonly rows: number;
  readonly duplicates: number;
  readonly dead_letters: number;
  readonly lag_ms?: number;
  /** The event time up to which windows close. */
  readonly watermark?: string;
  readonly watermark_delay_ms?: number;
  readonly stalled?: string;
}

export interface AggregationView {
  readonly aggregation: string;
  readonly event_type: string;
  readonly kind: Aggregation['kind'];
  readonly field?: string;
  readonly window: { readonly kind: Window['kind']; readonly duration_ms: number; readonly slide_ms: number };
  readonly group_by: readonly string[];
  readonly allowed_lateness_ms: number;
  /** View of the warehouse to query. */
  readonly view: string;
  /** `ready`: kept with every insert; `outdated`: the warehouse has another or none, deploy again. */
  readonly state: 'ready' | 'outdated';
  readonly last_window_start?: string;
  readonly changed_at?: string;
  readonly late_events: number;
}

export function pipelineSummary({ domain, ...deployment }: Deployment): PipelineSummary {
  return {
    ...head({ domain, ...deployment }),
    event_types: domain.eventTypes.map(({ name }) => name),
    aggregations: domain.aggregations.map(({ name }) => name),
  };
}

/** What was found about a deployed domain. */
export interface PipelineState {
  readonly events: readonly EventConnectorState[];
  readonly steps: readonly DeployStep[];
  readonly counts: readonly WindowCount[];
}

export function pipelineView(deployment: Deployment, { events, steps, counts }: PipelineState): PipelineView {
  const { domain } = deployment;
  return {
    ...head(deployment),
    event_types: events.map(eventTypeView),
    aggregations: domain.aggregations.map((aggregation) => ({
      ...shape(aggregation),
      view: `${domain.warehouse.database}.${domain.name}_${aggregation.name}`,
      state: steps.some((step) => step.kind === 'keep' && step.aggregation === aggregation.name) ? 'ready' : 'outdated',
      ...countView(counts.find((count) => count.aggregation === aggregation.name)),
    })),
  };
}

function head({ domain, environment, deployedAtMs, deployedBy }: Deployment) {
  return {
    domain: domain.name,
    description: domain.description,
    ...(environment !== undefined && { environment }),
    deployed_at: momentText(deployedAtMs),
    deployed_by: deployedBy,
  };
}

function shape({ name, eventType, kind, field, window, groupBy, allowedLatenessMs }: Aggregation) {
  return {
    aggregation: name,
    event_type: eventType,
    kind,
    ...(field !== undefined && { field }),
    window: { kind: window.kind, duration_ms: window.durationMs, slide_ms: window.slideMs },
    group_by: groupBy,
    allowed_lateness_ms: allowedLatenessMs,
  };
}

function countView(count: WindowCount | undefined) {
  const { lastWindowStartMs, changedAtMs, lateEvents = 0 } = count ?? {};
  return {
    ...(lastWindowStartMs !== undefined && { last_window_start: momentText(lastWindowStartMs) }),
    ...(changedAtMs !== undefined && { changed_at: momentText(changedAtMs) }),
    late_events: lateEvents,
  };
}

function eventTypeView(found: EventConnectorState): EventTypeView {
  const { eventType, streamName, table, state, connectorId, rows, duplicates, deadLetters } = found;
  const { lagMs, watermarkMs, watermarkDelayMs, stalled } = found;
  return {
    event_type: eventType,
    stream: streamName,
    table: `${table.database}.${table.table}`,
    state,
    ...(connectorId !== undefined && { connector_id: connectorId }),
    rows,
    duplicates,
    dead_letters: deadLetters,
    ...(lagMs !== undefined && { lag_ms: lagMs }),
    ...(watermarkMs !== undefined && { watermark: momentText(watermarkMs) }),
    ...(watermarkDelayMs !== undefined && { watermark_delay_ms: watermarkDelayMs }),
    ...(stalled !== undefined && { stalled }),
  };
}

const momentText = (ms: number): string => new Date(ms).toISOString();
