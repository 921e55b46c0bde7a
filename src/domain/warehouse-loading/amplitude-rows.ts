type Event = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, unknown>>;

/** How the events of Amplitude become rows of one of the seven tables. */
export interface AmplitudeTable {
  /** Its name in the warehouse. */
  readonly table: string;
  /** The column without which a row would be nobody's: events that have no value for it give no row. */
  readonly key: string;
  /** The same key brings the same row again and again, as devices and users do: one of a load is enough. */
  readonly isRepeated: boolean;
  /** Where each column comes from. */
  readonly row: (event: Event) => Row;
}

/** The seven tables; the names of the fields are those of Amplitude's Export API. */
export const AMPLITUDE_TABLES: readonly AmplitudeTable[] = [
  {
    table: 'events_part',
    key: 'uuid',
    isRepeated: false,
    row: (event) => ({
      ...pick(event, ['uuid', 'event_type', 'event_time', 'user_id', 'platform', 'device_id', 'event_id', 'language']),
      ...pick(event, ['os_name', 'os_version', 'session_id', 'start_version', 'version_name']),
    }),
  },
  {
    table: 'mobile_devices',
    key: 'device_id',
    isRepeated: true,
    row: (event) => ({
      device_id: event['device_id'],
      brand: event['device_brand'],
      carrier: event['device_carrier'],
      family: event['device_family'],
      manufacturer: event['device_manufacturer'],
      model: event['device_model'],
      type: event['device_type'],
    }),
  },
  {
    table: 'permanent_user_properties',
    key: 'ehr_id',
    isRepeated: true,
    row: (event) =>
      pick(propertiesOf(event, 'user_properties'), [
        'ehr_id',
        'gender',
        'cohort_day',
        'cohort_week',
        'cohort_month',
        'registered_via_app',
        'source',
      ]),
  },
  {
    table: 'technical_data',
    key: 'uuid',
    isRepeated: false,
    row: (event) => ({
      ...pick(event, ['uuid', 'amplitude_attribution_ids', 'amplitude_id', 'is_attribution_event', 'library']),
      insert_id: event['$insert_id'],
      group_properties_json: event['group_properties'],
      groups_json: event['groups'],
      plan_json: event['plan'],
    }),
  },
  {
    table: 'tmp_event_properties',
    key: 'uuid',
    isRepeated: false,
    row: (event) => ({ uuid: event['uuid'], event_properties_json: event['event_properties'] }),
  },
  {
    table: 'tmp_user_properties',
    key: 'uuid',
    isRepeated: false,
    row: (event) => ({
      ...pick(event, ['uuid', 'language', 'session_id', 'start_version', 'event_time']),
      user_properties_json: event['user_properties'],
      migrated: propertiesOf(event, 'user_properties')['migrated'],
    }),
  },
  {
    table: 'user_locations',
    key: 'uuid',
    isRepeated: false,
    row: (event) => ({
      ...pick(event, ['uuid', 'location_lat', 'location_lng', 'city', 'country', 'ip_address', 'region']),
    }),
  },
];

/** What became of events while they were made into rows. */
export interface RowCounts {
  /** Events without a value for the key. */
  withoutKey: number;
  /** Values that do not fit their column, and are null instead. */
  unfitValues: number;
}

/** Whether a value fits a column; a warehouse refuses the whole load for one that does not. */
export type Fits = (column: string, value: unknown) => boolean;

/** The row of one event; undefined when it has no key. A value that does not fit is left out and counted. */
export function amplitudeRow(
  event: Event,
  { row, key }: AmplitudeTable,
  fits: Fits,
  counts: RowCounts,
): Row | undefined {
  const fitting: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row(event))) {
    if (value === undefined || value === null) continue;
    if (fits(column, value)) fitting[column] = value;
    else counts.unfitValues += 1;
  }
  if (fitting[key] !== undefined && fitting[key] !== '') return fitting;
  counts.withoutKey += 1;
  return undefined;
}

/** Of each key one row is enough; keys beyond this many are forgotten again, and the warehouse ignores what comes twice. */
export const MAX_REMEMBERED_KEYS = 50_000;

function pick(from: Event, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}

function propertiesOf(event: Event, field: string): Event {
  const value = event[field];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Event) : {};
}
