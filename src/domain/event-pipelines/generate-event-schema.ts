import type { AvroField, AvroRecordSchema } from './avro-schema.js';
import type { Entity, EventType } from './domain-config.js';

/** Every event has these, whatever its type. */
export const EVENT_ID_FIELD = 'event_id';
export const EVENT_TIME_FIELD = 'timestamp';

/** Metrics of these names are amounts of money, kept as whole cents. */
export const MONEY_NAMES: ReadonlySet<string> = new Set([
  'price',
  'total_amount',
  'unit_price',
  'revenue',
  'cost',
  'amount',
]);

/** The Avro schema of an event type by the platform's rules; the order of fields is theirs too. */
export function generateEventSchema(eventType: EventType, entity: Entity, namespace: string): AvroRecordSchema {
  const attributes = eventType.attributes.map((name): AvroField => ({ name, type: ['null', 'string'], default: null }));
  const metrics = eventType.metrics.map((name): AvroField => ({
    name,
    type: ['null', MONEY_NAMES.has(name) ? 'long' : 'double'],
    default: null,
  }));
  const dimensions = eventType.dimensions.map((name): AvroField => ({ name, type: 'string' }));
  return {
    type: 'record',
    namespace,
    name: eventType.name,
    fields: [
      { name: EVENT_ID_FIELD, type: 'string' },
      { name: EVENT_TIME_FIELD, type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: entity.primaryKey, type: 'string' },
      ...attributes,
      ...metrics,
      ...dimensions,
    ],
  };
}
