import type { AvroField, AvroRecordSchema, AvroType } from './avro-schema.js';
import type { DomainConfig } from './domain-config.js';
import { generateEventSchema } from './generate-event-schema.js';

/** The Avro schemas of all event types of a domain, by the name of the event, in the domain's order. */
export function generateAllSchemas({ eventTypes, entity, namespace }: DomainConfig): Record<string, AvroRecordSchema> {
  return Object.fromEntries(
    eventTypes.map((eventType) => [eventType.name, generateEventSchema(eventType, entity, namespace)]),
  );
}

/**
 * A schema as JSON text without spaces, its keys always in the same order: one schema is one text, whoever made it, so that
 * registering it again finds it. Unlike Avro's Parsing Canonical Form it keeps defaults and logical types.
 */
export function schemaText({ type, namespace, name, fields }: AvroRecordSchema): string {
  return JSON.stringify({ type, namespace, name, fields: fields.map(orderedField) });
}

function orderedField({ name, type, default: otherwise }: AvroField): AvroField {
  return { name, type: orderedType(type), ...(otherwise !== undefined && { default: otherwise }) };
}

function orderedType(type: AvroType): AvroType {
  if (typeof type === 'string' || !('logicalType' in type)) return type;
  return { type: type.type, logicalType: type.logicalType };
}
