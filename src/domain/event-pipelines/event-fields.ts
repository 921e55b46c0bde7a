import type { EventTypeSource } from './domain-source.js';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD, MONEY_NAMES } from './generate-event-schema.js';

/** What a field of an event holds; `money` is whole cents, `time` milliseconds since the epoch. */
export type FieldKind = 'text' | 'number' | 'money' | 'time';

/** Every field of an event type by its name, also those that all events have. */
export function fieldKinds(event: EventTypeSource, primaryKey: string | undefined): ReadonlyMap<string, FieldKind> {
  const { attributes = [], metrics = [], dimensions = [] } = event;
  const text = (name: string) => [name, 'text'] as const;
  return new Map<string, FieldKind>([
    text(EVENT_ID_FIELD),
    [EVENT_TIME_FIELD, 'time'],
    ...(primaryKey === undefined ? [] : [text(primaryKey)]),
    ...[...attributes, ...dimensions].map(text),
    ...metrics.map((name) => [name, MONEY_NAMES.has(name) ? 'money' : 'number'] as const),
  ]);
}

/** The fields of each event type by its name; undefined where they cannot be told. */
export type KnownEvents = ReadonlyMap<string, ReadonlyMap<string, FieldKind> | undefined>;
