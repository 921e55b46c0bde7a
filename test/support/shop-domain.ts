import type { DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';

const MINUTE_MS = 60_000;

/** A small domain that has one of everything. */
export const SHOP_DOMAIN: DomainConfig = {
  name: 'shop',
  description: 'Visits to a shop',
  namespace: 'com.streaming.events',
  entity: { name: 'user', primaryKey: 'user_id' },
  eventTypes: [
    { name: 'page_view', attributes: ['page_url', 'page_title'], metrics: [], dimensions: ['device_type'] },
    {
      name: 'purchase',
      attributes: ['order_id'],
      metrics: ['total_amount', 'quantity'],
      dimensions: ['device_type', 'country'],
    },
  ],
  aggregations: [
    {
      name: 'views_per_minute',
      eventType: 'page_view',
      kind: 'count',
      window: { kind: 'tumbling', durationMs: MINUTE_MS, slideMs: MINUTE_MS },
      groupBy: ['device_type'],
      filter: [],
      allowedLatenessMs: MINUTE_MS,
    },
    {
      name: 'revenue',
      eventType: 'purchase',
      kind: 'sum',
      field: 'total_amount',
      window: { kind: 'sliding', durationMs: 5 * MINUTE_MS, slideMs: MINUTE_MS },
      groupBy: ['country'],
      filter: [{ field: 'total_amount', comparison: '>', value: 0 }],
      allowedLatenessMs: 2 * MINUTE_MS,
    },
  ],
  alerts: [{ name: 'revenue_high', aggregation: 'revenue', comparison: '>', threshold: 100_000, severity: 'warning' }],
  synthetic: { userPoolSize: 100, purchaseConversionRate: 0.3 },
  stream: { transport: 'kinesis', prefix: 'events', shards: 2 },
  warehouse: { database: 'default' },
};
