import type { Fault } from '../errors.js';
import type { AvroRecordSchema, AvroType, EventValues } from './avro-schema.js';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD } from './generate-event-schema.js';

/** Partition keys of Kinesis have at most so many characters. */
export const MAX_KEY_LENGTH = 256;
/** How far the time of an event may be ahead: one from another year would make all that come after it late. */
export const MAX_AHEAD_MS = 86_400_000;
/** Names in faults are cut there. */
const MAX_NAME = 100;
/** Faults of one event that are told. */
const MAX_FAULTS = 20;

/** A surrogate without its other half has no bytes in UTF-8. */
const HALF_CHARACTER = /\p{Surrogate}/u;

/** What an event of a type is held against. */
export interface EventRules {
  readonly schema: AvroRecordSchema;
  /** The field that is the partition key. */
  readonly key: string;
  readonly nowMs: number;
}

/** A value that may be an event is one, with nothing in it but what its schema knows; or its faults by path, without values. */
export function checkEvent(value: unknown, rules: EventRules): EventValues | readonly Fault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path: '', message: 'must be an object' }];
  }
  const event = value as Readonly<Record<string, unknown>>;
  const known = new Set(rules.schema.fields.map(({ name }) => name));
  const faults = [
    ...rules.schema.fields.flatMap(({ name, type }) => {
      const message = faultOf(event[name], type) ?? specialFault(name, event[name], rules);
      return message === undefined ? [] : [{ path: name, message }];
    }),
    ...Object.keys(event)
      .filter((name) => !known.has(name))
      .map((name) => ({ path: name.slice(0, MAX_NAME), message: 'is not known' })),
  ];
  return faults.length > 0 ? faults.slice(0, MAX_FAULTS) : (event as EventValues);
}

/** What is asked of ids and times besides their type. */
function specialFault(name: string, value: unknown, { key, nowMs }: EventRules): string | undefined {
  if (name === EVENT_TIME_FIELD && typeof value === 'number') return timeFault(value, nowMs);
  if ((name !== key && name !== EVENT_ID_FIELD) || typeof value !== 'string') return undefined;
  return value === '' || value.length > MAX_KEY_LENGTH ? `must have 1 to ${MAX_KEY_LENGTH} characters` : undefined;
}

function timeFault(timeMs: number, nowMs: number): string | undefined {
  if (timeMs < 0) return 'must not be before 1970';
  return timeMs > nowMs + MAX_AHEAD_MS ? 'must not be more than a day ahead; it is in milliseconds' : undefined;
}

function faultOf(value: unknown, type: AvroType): string | undefined {
  if (typeof type === 'string') return value === undefined ? 'is missing' : scalarFault(value, type);
  if ('logicalType' in type) return faultOf(value, type.type);
  return value === null || value === undefined ? undefined : scalarFault(value, type[1]);
}

function scalarFault(value: unknown, scalar: 'string' | 'long' | 'double'): string | undefined {
  if (scalar === 'double') return Number.isFinite(value) ? undefined : 'must be a number';
  if (scalar === 'long') return Number.isSafeInteger(value) ? undefined : 'must be a whole number';
  return typeof value === 'string' && !HALF_CHARACTER.test(value) ? undefined : 'must be a text';
}

/** Whether it is an event, and not faults. */
export const isEvent = (checked: EventValues | readonly Fault[]): checked is EventValues => !Array.isArray(checked);
