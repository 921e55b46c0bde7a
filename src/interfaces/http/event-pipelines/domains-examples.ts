export const DOMAINS_EXAMPLE = {
  domains: [
    {
      name: 'iot',
      description: 'Sensors in the field, what they measure and how they are',
      event_types: ['sensor_reading', 'device_status', 'device_alert'],
      aggregations: ['readings_per_minute', 'average_temperature_5m'],
    },
    {
      name: 'broken',
      event_types: [],
      aggregations: [],
      faults: [
        {
          path: 'domains/broken.yaml:7 aggregations.0.event_type',
          message: 'is the name of no event type (did you mean "page_view"?)',
        },
      ],
    },
  ],
};

export const DOMAIN_CONFIG_EXAMPLE = {
  domain: 'shop',
  environment: 'prod',
  config: {
    namespace: 'com.streaming.events',
    aggregations: [
      {
        name: 'views',
        event_type: 'page_view',
        type: 'count',
        window: { type: 'tumbling', duration: '1 minute' },
        filter: { page_url: '${secret:landing_page}' },
      },
    ],
    alerts: [],
    synthetic: { user_pool_size: 100, purchase_conversion_rate: 0.35 },
    stream: { transport: 'kinesis', prefix: 'events', shards: 8 },
    warehouse: { database: 'default' },
    entity: { name: 'user', primary_key: 'user_id' },
    event_types: [{ name: 'page_view', attributes: ['page_url'], dimensions: ['device_type'] }],
  },
  settings: [
    { path: 'stream.prefix', value: 'events', file: 'platform.yaml', line: 9 },
    { path: 'stream.shards', value: 8, file: 'environments/prod.yaml', line: 6 },
    { path: 'warehouse.database', value: 'default' },
  ],
};

export const SCHEMAS_EXAMPLE = {
  domain: 'shop',
  schemas: {
    page_view: {
      type: 'record',
      namespace: 'com.streaming.events',
      name: 'page_view',
      fields: [
        { name: 'event_id', type: 'string' },
        { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'user_id', type: 'string' },
        { name: 'page_url', type: ['null', 'string'], default: null },
        { name: 'device_type', type: 'string' },
      ],
    },
  },
  subjects: { page_view: 'events.page_view-value' },
};
