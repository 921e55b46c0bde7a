const TABLE_EXAMPLE = { rows: 12_400, events_without_key: 0, unfit_values: 0 };

/** What is answered where the archive goes elsewhere. */
export const DELIVERY_EXAMPLE = {
  source: 'web',
  start: '20240129T00',
  end: '20240204T23',
  events: 12_400,
  dropped_duplicates: { total: 3, uuid: 2, insert_id: 1 },
  events_without_id: 0,
  unreadable_lines: 0,
  empty_hours: ['20240130T03'],
  provisional_hours: [],
  object: { key: 'amplitude/web/2024_week_05.zip', etag: '"9b2c…"', version_id: null, size: 1_830_200 },
  tables: {
    events_part: TABLE_EXAMPLE,
    mobile_devices: { rows: 310, events_without_key: 20, unfit_values: 0 },
  },
};
