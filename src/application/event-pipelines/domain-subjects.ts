import { type DomainConfig, subjectOf } from '../../domain/event-pipelines/domain-config.js';
import { eventSchemaText, generateAllSchemas } from '../../domain/event-pipelines/generate-all-schemas.js';
import type { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';

/** A schema of a domain, and what it is called in the registry. */
export interface DomainSubject {
  readonly eventType: string;
  readonly subject: string;
  readonly schema: string;
}

/** Whether the registry would take the schema of an event type. */
export interface SchemaVerdict {
  readonly event_type: string;
  readonly subject: string;
  readonly is_compatible: boolean;
  /** Why not. */
  readonly messages: readonly string[];
}

export function subjectsOf(domain: DomainConfig): DomainSubject[] {
  return Object.entries(generateAllSchemas(domain)).map(([eventType, schema]) => ({
    eventType,
    subject: subjectOf(domain, eventType),
    schema: eventSchemaText(schema),
  }));
}

/** Holds all schemas against what the registry has, one after the other: it is one registry for everybody. */
export async function verdictsOf(
  subjects: readonly DomainSubject[],
  registry: SchemaRegistry,
): Promise<SchemaVerdict[]> {
  const verdicts: SchemaVerdict[] = [];
  for (const { eventType, subject, schema } of subjects) {
    const { isCompatible, messages } = await registry.check(subject, schema);
    verdicts.push({ event_type: eventType, subject, is_compatible: isCompatible, messages });
  }
  return verdicts;
}
