import { PenstockError } from '../errors.js';

/**
 * What a column holds. `integer` has 32 bits, `bigint` 64; `float` is a double (IEEE 754); `json` any value of JSON;
 * `timestamp` a moment, to the microsecond.
 */
export type ColumnType = 'text' | 'integer' | 'bigint' | 'float' | 'boolean' | 'json' | 'timestamp';

export interface DwhColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** One of the seven tables: its name in routes and in the warehouse, the column that tells rows apart, and all columns. */
export interface DwhTable {
  readonly route: string;
  readonly table: string;
  /** Unique and never null; without it rows are only told apart by `id`. */
  readonly key?: string;
  /** Besides `id`, which every table has and the service fills. */
  readonly columns: readonly DwhColumn[];
}

/** The column of every table that the service fills, from one sequence for each table. */
export const ID_COLUMN: DwhColumn = { name: 'id', type: 'bigint' };

/** The one list of the seven tables; migrations, entities and both engines are tested against it. */
export const DWH_TABLES: readonly DwhTable[] = [
  {
    route: 'events-part',
    table: 'events_part',
    key: 'uuid',
    columns: columns({
      uuid: 'text',
      event_type: 'text',
      event_time: 'timestamp',
      user_id: 'bigint',
      platform: 'text',
      device_id: 'text',
      event_id: 'bigint',
      language: 'text',
      os_name: 'text',
      os_version: 'text',
      session_id: 'bigint',
      start_version: 'text',
      version_name: 'text',
    }),
  },
  {
    route: 'mobile-devices',
    table: 'mobile_devices',
    key: 'device_id',
    columns: columns({
      device_id: 'text',
      brand: 'text',
      carrier: 'text',
      family: 'text',
      manufacturer: 'text',
      model: 'text',
      type: 'text',
    }),
  },
  {
    route: 'permanent-user-properties',
    table: 'permanent_user_properties',
    key: 'ehr_id',
    columns: columns({
      ehr_id: 'bigint',
      gender: 'text',
      cohort_day: 'integer',
      cohort_week: 'integer',
      cohort_month: 'integer',
      registered_via_app: 'boolean',
      source: 'text',
    }),
  },
  {
    route: 'technical-data',
    table: 'technical_data',
    key: 'uuid',
    columns: columns({
      uuid: 'text',
      insert_id: 'text',
      amplitude_attribution_ids: 'json',
      amplitude_id: 'bigint',
      is_attribution_event: 'text',
      library: 'text',
      group_properties_json: 'json',
      groups_json: 'json',
      plan_json: 'json',
    }),
  },
  {
    route: 'event-properties',
    table: 'tmp_event_properties',
    columns: columns({ uuid: 'text', event_properties_json: 'json' }),
  },
  {
    route: 'user-properties',
    table: 'tmp_user_properties',
    columns: columns({
      uuid: 'text',
      user_properties_json: 'json',
      language: 'text',
      session_id: 'text',
      start_version: 'text',
      migrated: 'boolean',
      event_time: 'timestamp',
    }),
  },
  {
    route: 'user-locations',
    table: 'user_locations',
    key: 'uuid',
    columns: columns({
      uuid: 'text',
      location_lat: 'float',
      location_lng: 'float',
      city: 'text',
      country: 'text',
      ip_address: 'text',
      region: 'text',
    }),
  },
];

const BY_NAME = new Map(
  DWH_TABLES.flatMap((table) => [table.route, table.table].map((name) => [name, table] as const)),
);

/** By the name in routes or in the warehouse. @throws PenstockError `table.unknown` */
export function dwhTable(name: string): DwhTable {
  const table = BY_NAME.get(name);
  if (table !== undefined) return table;
  const known = DWH_TABLES.map(({ route }) => route).join(', ');
  throw new PenstockError('table.unknown', `There is no such table; there are ${known}.`);
}

function columns(types: Readonly<Record<string, ColumnType>>): readonly DwhColumn[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}
