import type { Column } from '../shared/column.js';
import type { TableName } from '../shared/table-name.js';
import type { AvroRecordSchema, AvroType } from './avro-schema.js';
import type { DomainConfig } from './domain-config.js';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD } from './generate-event-schema.js';

/**
 * What the copier adds to each event. `_watermark`: the latest event time its shard had seen before it, the epoch when
 * none; `_batch`: the token of the insert that brought it, by which a repeated insert tells its own rows from an event
 * that was published twice.
 */
export const EVENT_TABLE_COLUMNS = [
  { name: '_shard', type: 'LowCardinality(String)' },
  { name: '_sequence_number', type: 'String' },
  { name: '_timestamp', type: "DateTime64(3, 'UTC')" },
  { name: '_watermark', type: "DateTime64(3, 'UTC')" },
  { name: '_batch', type: 'LowCardinality(String)' },
] as const satisfies readonly Column[];

/** The order of rows: so that the events of a stretch of time, and one of them by its id, are found quickly. */
export const EVENT_TABLE_ORDER: readonly string[] = [EVENT_TIME_FIELD, EVENT_ID_FIELD];

/** The table of an event type: `{domain}_{event_type}` in the domain's database. */
export const eventTableOf = (domain: DomainConfig, eventType: string): TableName => ({
  database: domain.warehouse.database,
  table: `${domain.name}_${eventType}`,
});

/** The columns of the table of events of this schema: the event's own, in their order, then the copier's. */
export function eventTableColumns(schema: AvroRecordSchema): Column[] {
  const own = schema.fields.map(({ name, type }) => ({ name, type: warehouseType(type) }));
  return [...own, ...EVENT_TABLE_COLUMNS];
}

function warehouseType(type: AvroType): string {
  if (typeof type === 'string') return SCALARS[type];
  return 'logicalType' in type ? "DateTime64(3, 'UTC')" : `Nullable(${SCALARS[type[1]]})`;
}

const SCALARS = { string: 'String', long: 'Int64', double: 'Float64' } as const;
