import { describe, expect, it } from 'vitest';
import { checkEvent, MAX_AHEAD_MS } from '../../../../src/domain/event-pipelines/check-event.js';
import { completeEvent, eventIds } from '../../../../src/domain/event-pipelines/complete-event.js';
import { generateEventSchema } from '../../../../src/domain/event-pipelines/generate-event-schema.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';

const NOW_MS = 1_800_000_000_000;
const schema = generateEventSchema(SHOP_DOMAIN.eventTypes[1]!, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace);
const rules = { schema, key: 'user_id', nowMs: NOW_MS };
const GOOD = {
  event_id: 'e',
  timestamp: NOW_MS,
  user_id: 'u',
  order_id: null,
  total_amount: 100,
  quantity: 1.5,
  device_type: 'mobile',
  country: 'FR',
};

describe('an event', () => {
  it('is taken as it is when it fits, also without what may be missing', () => {
    expect(checkEvent(GOOD, rules)).toBe(GOOD);
    const { order_id: _, total_amount: __, quantity: ___, ...least } = GOOD;
    expect(checkEvent(least, rules)).toBe(least);
  });

  it.each([
    [{ user_id: undefined }, 'user_id', 'is missing'],
    [{ user_id: '' }, 'user_id', 'must have 1 to 256 characters'],
    [{ user_id: 'x'.repeat(257) }, 'user_id', 'must have 1 to 256 characters'],
    [{ event_id: '' }, 'event_id', 'must have 1 to 256 characters'],
    [{ device_type: null }, 'device_type', 'must be a text'],
    [{ device_type: 3 }, 'device_type', 'must be a text'],
    [{ device_type: '\uD800' }, 'device_type', 'must be a text'],
    [{ order_id: 3 }, 'order_id', 'must be a text'],
    [{ total_amount: 1.5 }, 'total_amount', 'must be a whole number'],
    [{ total_amount: 2 ** 60 }, 'total_amount', 'must be a whole number'],
    [{ quantity: '1' }, 'quantity', 'must be a number'],
    [{ timestamp: '2026-01-01' }, 'timestamp', 'must be a whole number'],
    [{ timestamp: -1 }, 'timestamp', 'must not be before 1970'],
    [{ timestamp: NOW_MS + MAX_AHEAD_MS + 1 }, 'timestamp', 'must not be more than a day ahead; it is in milliseconds'],
    [{ color: 'red' }, 'color', 'is not known'],
  ])('with %j is told what is wrong at %s', (wrong, path, message) => {
    expect(checkEvent({ ...GOOD, ...wrong }, rules)).toEqual([{ path, message }]);
  });

  it('is told all its faults at once', () => {
    expect(checkEvent({ a: 1 }, rules)).toHaveLength(6);
  });

  it('has no field by what every object inherits', () => {
    expect(checkEvent(JSON.parse(`${JSON.stringify(GOOD).slice(0, -1)},"__proto__":{}}`), rules)).toEqual([
      { path: '__proto__', message: 'is not known' },
    ]);
  });

  it.each([null, 3, 'x', [GOOD]])('is no %j', (value) => {
    expect(checkEvent(value, rules)).toEqual([{ path: '', message: 'must be an object' }]);
  });
});

describe('an event without id and time', () => {
  const defaults = { eventId: 'new', nowMs: 5 };

  it('gets both, and keeps what it has', () => {
    expect(completeEvent({ a: 1 }, defaults)).toEqual({ event_id: 'new', timestamp: 5, a: 1 });
    expect(completeEvent({ event_id: 'own', timestamp: 1 }, defaults)).toEqual({ event_id: 'own', timestamp: 1 });
  });

  it('gets the same id again by the same idempotency key and place, and another by others', () => {
    const idOf = (idempotencyKey: string, index: number) => eventIds({ eventType: 't', idempotencyKey })(index);
    expect(idOf('k', 0)).toBe(idOf('k', 0));
    expect(idOf('k', 0)).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
    expect(new Set([idOf('k', 0), idOf('k', 1), idOf('l', 0)]).size).toBe(3);
    const anyId = eventIds({ eventType: 't' });
    expect(anyId(0)).not.toBe(anyId(0));
  });
});
