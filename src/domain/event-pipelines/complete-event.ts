import { createHash, randomUUID } from 'node:crypto';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD } from './generate-event-schema.js';

/** What an event without id or time gets. */
export interface EventDefaults {
  readonly eventId: string;
  readonly nowMs: number;
}

/** An event with the id and the time that it may leave to the service; what is no object stays as it is. */
export function completeEvent(value: unknown, { eventId, nowMs }: EventDefaults): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return { [EVENT_ID_FIELD]: eventId, [EVENT_TIME_FIELD]: nowMs, ...value };
}

/**
 * The ids for the events of one request. With an idempotency key the same request gives the same ids (UUIDs of version 8,
 * RFC 9562), so that consumers know its events again.
 */
export function eventIds(request: {
  readonly eventType: string;
  readonly idempotencyKey?: string;
}): (index: number) => string {
  const { eventType, idempotencyKey } = request;
  if (idempotencyKey === undefined) return () => randomUUID();
  return (index) => {
    const hex = createHash('sha256')
      .update(JSON.stringify([idempotencyKey, eventType, index]))
      .digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}
