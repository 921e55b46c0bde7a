import { parseAvroSchema } from './avro/parse-avro-schema.js';
import { schemaText } from './avro/schema-text.js';
import type { AvroRecordSchema } from './avro-schema.js';
import type { DomainConfig } from './domain-config.js';
import { generateEventSchema } from './generate-event-schema.js';

/** The Avro schemas of all event types of a domain, by the name of the event, in the domain's order. */
export function generateAllSchemas({ eventTypes, entity, namespace }: DomainConfig): Record<string, AvroRecordSchema> {
  return Object.fromEntries(
    eventTypes.map((eventType) => [eventType.name, generateEventSchema(eventType, entity, namespace)]),
  );
}

/** A generated schema as the registry keeps it: one schema is one text, whatever the order its parts were put together in. */
export function eventSchemaText(schema: AvroRecordSchema): string {
  return schemaText(parseAvroSchema(JSON.stringify(schema)));
}
