import { type Fault, PenstockError } from '../../domain/errors.js';
import { type DomainConfig, subjectOf } from '../../domain/event-pipelines/domain-config.js';
import { generateEventSchema } from '../../domain/event-pipelines/generate-event-schema.js';
import type { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';

/** What a deploy does about the schema of an event type. */
export interface SchemaStep {
  readonly event_type: string;
  readonly subject: string;
  /** `register`: a new version. */
  readonly action: 'keep' | 'register';
}

/**
 * Holds the schemas of all event types against the registry.
 *
 * @throws PenstockError `schema.incompatible` with a fault for every message of the registry, by event type
 */
export async function checkSchemas(registry: SchemaRegistry, domain: DomainConfig): Promise<SchemaStep[]> {
  const faults: Fault[] = [];
  const steps: SchemaStep[] = [];
  for (const eventType of domain.eventTypes) {
    const subject = subjectOf(domain, eventType.name);
    const schema = JSON.stringify(generateEventSchema(eventType, domain.entity, domain.namespace));
    const { isCompatible, messages } = await registry.check(subject, schema);
    if (!isCompatible) faults.push(...faultsOf(eventType.name, messages));
    const isThere = (await registry.latest(subject))?.schema === schema;
    steps.push({ event_type: eventType.name, subject, action: isThere ? 'keep' : 'register' });
  }
  if (faults.length === 0) return steps;
  const message = `Schemas of the domain "${domain.name}" are not compatible with those that are registered.`;
  throw new PenstockError('schema.incompatible', message, { faults });
}

function faultsOf(eventType: string, messages: readonly string[]): Fault[] {
  const told = messages.length > 0 ? messages : ['The schema is not compatible with its versions.'];
  return told.map((message) => ({ path: `event_types.${eventType}`, message }));
}
