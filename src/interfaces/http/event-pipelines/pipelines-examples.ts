import { ROW_MEDIA_TYPES } from '../rows-answer.js';

const HEAD = {
  domain: 'ecommerce',
  description: 'Visits to a shop, from the first page to the purchase',
  environment: 'prod',
  deployed_at: '2026-01-13T12:00:00.000Z',
  deployed_by: 'operations',
};

export const PIPELINES_EXAMPLE = {
  pipelines: [{ ...HEAD, event_types: ['page_view', 'purchase'], aggregations: ['revenue_per_minute'] }],
};

export const PIPELINE_EXAMPLE = {
  ...HEAD,
  event_types: [
    {
      event_type: 'purchase',
      stream: 'events.purchase',
      table: 'default.ecommerce_purchase',
      state: 'running',
      connector_id: 'ecommerce_purchase-9f31c2d4',
      rows: 120_000,
      duplicates: 12,
      dead_letters: 0,
      lag_ms: 240,
      watermark: '2026-01-13T12:34:56.000Z',
      watermark_delay_ms: 900,
    },
  ],
  aggregations: [
    {
      aggregation: 'revenue_per_minute',
      event_type: 'purchase',
      kind: 'sum',
      field: 'total_amount',
      window: { kind: 'tumbling', duration_ms: 60_000, slide_ms: 60_000 },
      group_by: ['country'],
      allowed_lateness_ms: 300_000,
      view: 'default.ecommerce_revenue_per_minute',
      state: 'ready',
      last_window_start: '2026-01-13T12:34:00.000Z',
      changed_at: '2026-01-13T12:34:57.000Z',
      late_events: 3,
    },
  ],
};

export const DEPLOY_EXAMPLE = {
  domain: 'ecommerce',
  environment: 'prod',
  dry_run: false,
  schemas: [{ event_type: 'purchase', subject: 'events.purchase-value', action: 'register' }],
  events: [
    {
      event_type: 'purchase',
      table: 'default.ecommerce_purchase',
      action: 'create',
      connector_id: 'ecommerce_purchase-9f31c2d4',
      schema_id: 4,
    },
  ],
  aggregations: [
    {
      kind: 'create',
      aggregation: 'revenue_per_minute',
      statement: 'CREATE TABLE default.ecommerce_revenue_per_minute_panes_5d1c2b7a (…)',
    },
    {
      kind: 'backfill',
      aggregation: 'revenue_per_minute',
      statement: 'INSERT INTO default.ecommerce_revenue_per_minute_panes_5d1c2b7a (…) SELECT …',
    },
  ],
  deployed_at: '2026-01-13T12:00:00.000Z',
};

export const REMOVED_EXAMPLE = {
  domain: 'ecommerce',
  connectors: ['ecommerce_purchase-9f31c2d4'],
  tables: ['default.ecommerce_purchase'],
};

const ROW = {
  window_start: '2026-01-13T12:34:00.000Z',
  window_end: '2026-01-13T12:35:00.000Z',
  country: 'FR',
  value: '129900',
  events: 12,
  changed_at: '2026-01-13T12:34:57.000Z',
};

const LATE_ROW = {
  event_id: '5f8b2a0e-7f64-4f0e-a2d5-8a7f0d3d1c55',
  timestamp: '2026-01-13T12:34:30.000Z',
  window_start: '2026-01-13T12:34:00.000Z',
  window_end: '2026-01-13T12:35:00.000Z',
  lateness_ms: 1200,
};

export const WINDOWS_ANSWER = answerOf(ROW);
export const LATE_ANSWER = answerOf(LATE_ROW);

/** Rows in each of the formats. */
function answerOf(row: Readonly<Record<string, unknown>>) {
  const csv = `${Object.keys(row).join(',')}\r\n${Object.values(row).join(',')}\r\n`;
  const examples: readonly unknown[] = [[row], `${JSON.stringify(row)}\n`, csv];
  const content = ROW_MEDIA_TYPES.map((type, at) => [type, { schema: { example: examples[at] } }] as const);
  return { description: 'Rows, in the format that `Accept` prefers', content: Object.fromEntries(content) };
}
