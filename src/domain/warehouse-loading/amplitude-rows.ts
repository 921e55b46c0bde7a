import { COLUMN_READERS, type ColumnReader, isMisfit } from './column-reader.js';
import { dwhTable } from './dwh-tables.js';

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

/** What became of the events of an export while they were made into rows of one table. */
export interface RowCounts {
  /** Events without a value for the key. */
  withoutKey: number;
  /** Values that do not fit their column, and are null instead. */
  unfitValues: number;
}

/**
 * Makes rows of one table from events, one after another. The warehouse refuses a whole load for one value that does not
 * fit its column: such values are left out here, and counted.
 */
export class AmplitudeRows {
  readonly counts: RowCounts = { withoutKey: 0, unfitValues: 0 };
  private readonly readers: ReadonlyMap<string, ColumnReader>;
  private readonly seen = new Set<string>();

  constructor(private readonly from: AmplitudeTable) {
    const { columns } = dwhTable(from.table);
    this.readers = new Map(columns.map(({ name, type }) => [name, COLUMN_READERS[type]]));
  }

  get table(): string {
    return this.from.table;
  }

  get key(): string {
    return this.from.key;
  }

  /** @returns undefined for an event that gives no row, or only one that has been there just now */
  row(event: Event): Row | undefined {
    const fitting: Record<string, unknown> = {};
    for (const [column, value] of Object.entries(this.from.row(event))) {
      if (value === undefined || value === null) continue;
      if (this.fits(column, value)) fitting[column] = value;
      else this.counts.unfitValues += 1;
    }
    const key = fitting[this.from.key];
    if (key === undefined || key === '') this.counts.withoutKey += 1;
    else if (!this.from.isRepeated || this.isNew(JSON.stringify(key))) return fitting;
    return undefined;
  }

  private fits(column: string, value: unknown): boolean {
    const text = this.readers.get(column)?.(value);
    if (text === undefined || isMisfit(text)) return false;
    return column !== this.from.key || text.length * MAX_UTF8_BYTES <= MAX_KEY_BYTES;
  }

  private isNew(key: string): boolean {
    if (this.seen.has(key)) return false;
    if (this.seen.size >= MAX_REMEMBERED_KEYS) this.seen.clear();
    this.seen.add(key);
    return true;
  }
}

/** Devices and users that are remembered; beyond, the warehouse ignores what comes again. */
const MAX_REMEMBERED_KEYS = 50_000;
/** Longer keys are no ids, and no index takes them. */
const MAX_KEY_BYTES = 2000;
const MAX_UTF8_BYTES = 3;

function pick(from: Event, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}

function propertiesOf(event: Event, field: string): Event {
  const value = event[field];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Event) : {};
}
