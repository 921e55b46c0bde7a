/** Answers about exports from AppMetrica. */
export const PING_EXAMPLE = {
  status: 'ok',
  application: { id: 123456789, name: 'Shop', time_zone: 'Europe/Berlin' },
  latency_ms: 84,
};

export const ACCEPTED_EXPORT_EXAMPLE = {
  id: '7f6a3a0e-2f0c-4d0a-9d8e-5a4c1b2e3f40',
  state: 'accepted',
  application_id: 123456789,
  source: 'events',
  format: 'csv',
  fields: ['event_name', 'event_datetime', 'event_json'],
  date_since: '2025-01-01 00:00:00',
  date_until: '2025-01-31 23:59:59',
  destination: 'service',
  progress: { phase: 'preparing', percent: 0, parts: 1, fetched: 0, rows: 0, bytes: 0 },
  cancel_requested: false,
  created_at: '2025-02-01T06:00:00.000Z',
};

export const RUNNING_EXPORT_EXAMPLE = {
  ...ACCEPTED_EXPORT_EXAMPLE,
  state: 'running',
  progress: {
    phase: 'waiting',
    percent: 23,
    parts: 4,
    fetched: 1,
    rows: 118_204,
    bytes: 48_211_077,
    waiting_until: '2025-02-01T06:03:10.000Z',
    reason: 'vendor.throttled',
  },
  started_at: '2025-02-01T06:00:00.412Z',
};

export const EXPORT_EXAMPLE = {
  ...ACCEPTED_EXPORT_EXAMPLE,
  state: 'succeeded',
  progress: { phase: 'gluing', percent: 100, parts: 4, fetched: 4, rows: 472_911, bytes: 193_004_112 },
  result: {
    rows: 472_911,
    bytes: 193_003_921,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    parts: 4,
    content: '/appmetrica/exports/7f6a3a0e-2f0c-4d0a-9d8e-5a4c1b2e3f40/content',
    file_name: 'appmetrica_events_2025-01-01_2025-01-31.csv',
  },
  started_at: '2025-02-01T06:00:00.412Z',
  finished_at: '2025-02-01T06:09:31.118Z',
  kept_until: '2025-02-02T06:09:31.118Z',
};
