import type { Fault } from '../../domain/errors.js';
import type { EventValues } from '../../domain/event-pipelines/avro-schema.js';
import { checkEvent, type EventRules, isEvent } from '../../domain/event-pipelines/check-event.js';
import { completeEvent, eventIds } from '../../domain/event-pipelines/complete-event.js';
import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import { generateEventSchema } from '../../domain/event-pipelines/generate-event-schema.js';
import type { Clock } from '../../domain/ports/clock.port.js';

/** An event that somebody gives, at some line of a file. */
export interface GivenEvent {
  readonly line: number;
  /** Unless it says so itself, as `event_type`. */
  readonly eventType?: string;
  readonly value?: unknown;
  /** Why there is no value. */
  readonly unreadable?: string;
}

/** Not published; told by its place and its faults, never by its values. */
export interface RejectedEvent {
  readonly line: number;
  readonly faults: readonly Fault[];
}

export interface ReadEvent {
  readonly eventType: string;
  readonly event: EventValues;
}

/** The field that names the type of an event, which is none of its schema. */
const TYPE_FIELD = 'event_type';

/** Given events, each checked by the schema of its type, and completed by an id and a time where it has none. */
export async function* readGiven(
  given: AsyncIterable<GivenEvent>,
  { domain, clock }: { readonly domain: DomainConfig; readonly clock: Clock },
): AsyncGenerator<ReadEvent | RejectedEvent, void, undefined> {
  const schemas = new Map(
    domain.eventTypes.map((type) => [type.name, generateEventSchema(type, domain.entity, domain.namespace)]),
  );
  const newId = eventIds({ eventType: '' });
  for await (const { line, value, unreadable, eventType: stated } of given) {
    const fault = (path: string, message: string): RejectedEvent => ({ line, faults: [{ path, message }] });
    if (unreadable !== undefined) {
      yield fault('', unreadable);
      continue;
    }
    const { type = stated, rest } = typed(value);
    const schema = typeof type === 'string' ? schemas.get(type) : undefined;
    if (schema === undefined) {
      yield fault(TYPE_FIELD, type === undefined ? 'is missing' : 'is no event type of the domain');
      continue;
    }
    const rules: EventRules = { schema, key: domain.entity.primaryKey, nowMs: clock.nowMs() };
    const checked = checkEvent(completeEvent(rest, { eventId: newId(line), nowMs: rules.nowMs }), rules);
    yield isEvent(checked) ? { eventType: schema.name, event: checked } : { line, faults: checked };
  }
}

function typed(value: unknown): { readonly type?: unknown; readonly rest: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { rest: value };
  const { [TYPE_FIELD]: type, ...rest } = value as Readonly<Record<string, unknown>>;
  return type === undefined ? { rest } : { type, rest };
}
