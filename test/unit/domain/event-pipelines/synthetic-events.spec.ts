import { describe, expect, it } from 'vitest';
import type { DomainConfig } from '../../../../src/domain/event-pipelines/domain-config.js';
import { checkEvent } from '../../../../src/domain/event-pipelines/check-event.js';
import { poolsFor, textKindOf } from '../../../../src/domain/event-pipelines/field-kinds.js';
import { generateEventSchema } from '../../../../src/domain/event-pipelines/generate-event-schema.js';
import { SyntheticEvents } from '../../../../src/domain/event-pipelines/synthetic-events.js';
import { type SyntheticOrder, syntheticRecords } from '../../../../src/domain/event-pipelines/synthetic-records.js';
import { FakerValuePools } from '../../../../src/infrastructure/faker/faker-value-pools.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';

const START_MS = 1_767_225_600_000;
const type = (name: string, dimensions: string[] = []) => ({ name, attributes: [], metrics: [], dimensions });

const FULL_SHOP: DomainConfig = {
  ...SHOP_DOMAIN,
  eventTypes: [
    ...SHOP_DOMAIN.eventTypes,
    { name: 'product_view', attributes: ['product_id'], metrics: ['price'], dimensions: ['device_type'] },
    { name: 'add_to_cart', attributes: ['product_id'], metrics: ['price'], dimensions: ['device_type'] },
    type('search', ['device_type']),
  ],
};
const IOT: DomainConfig = {
  ...SHOP_DOMAIN,
  entity: { name: 'device', primaryKey: 'device_id' },
  eventTypes: [{ ...type('sensor_reading', ['sensor_type']), metrics: ['temperature', 'humidity'] }, type('alert')],
};

async function eventsOf(domain: DomainConfig, seed = 7, startMs = START_MS): Promise<SyntheticEvents> {
  const names = domain.eventTypes.flatMap(({ attributes, dimensions }) => [...attributes, ...dimensions]);
  const pools = await new FakerValuePools().prepare(poolsFor(names), seed);
  return new SyntheticEvents(domain, pools, { seed, startMs, eventsPerSecond: 100 });
}

async function recordsOf(order: SyntheticOrder, seed = 7) {
  return [...syntheticRecords(await eventsOf(FULL_SHOP, seed), order)];
}

const timesOf = (records: readonly { event: Readonly<Record<string, unknown>> }[]) =>
  records.map(({ event }) => Number(event['timestamp']));

describe('synthetic events', () => {
  it('are the same to the byte for the same seed, and others for another', async () => {
    const orders = [{ count: 500 }, { count: 500, sessions: true, late: 0.1, duplicates: 0.1, malformed: 0.1 }];
    for (const order of orders) {
      const [once, again, other] = [await recordsOf(order), await recordsOf(order), await recordsOf(order, 8)];
      expect(JSON.stringify(again)).toBe(JSON.stringify(once));
      expect(JSON.stringify(other)).not.toBe(JSON.stringify(once));
    }
  });

  it.each([FULL_SHOP, IOT])('fit the schemas of their types', async (domain) => {
    const events = await eventsOf(domain);
    for (const eventType of domain.eventTypes) {
      const schema = generateEventSchema(eventType, domain.entity, domain.namespace);
      const rules = { schema, key: domain.entity.primaryKey, nowMs: START_MS };
      for (let made = 0; made < 200; made += 1) {
        const event = events.event(eventType.name);
        expect(checkEvent(event, rules)).toBe(event);
        expect(Object.keys(event)).toEqual(schema.fields.map(({ name }) => name));
      }
    }
  });

  it('have amounts of money in whole cents, ids of their own and times that rise', async () => {
    const records = await recordsOf({ count: 1000, eventType: 'purchase' });
    for (const { event } of records) {
      expect(Number.isSafeInteger(event['total_amount'])).toBe(true);
      expect(event['user_id']).toMatch(/^user_([1-9]|[1-9]\d|100)$/);
    }
    expect(new Set(records.map(({ event }) => event['event_id'])).size).toBe(1000);
    expect(timesOf(records)).toEqual(timesOf(records).toSorted((a, b) => a - b));
    expect(timesOf(records)[0]).toBe(START_MS);
  });

  it('take the entity and the time they are told', async () => {
    const event = (await eventsOf(FULL_SHOP)).event('page_view', { entityId: 'u', timestampMs: 5 });
    expect(event).toMatchObject({ user_id: 'u', timestamp: 5 });
  });

  it('are made only when they are asked for', async () => {
    const events = await eventsOf(FULL_SHOP);
    const twin = await eventsOf(FULL_SHOP);
    for await (const event of events.events('page_view', 1_000_000_000)) {
      expect(event).toEqual(twin.event('page_view'));
      break;
    }
    expect(events.event('page_view')).toEqual(twin.event('page_view'));
    const three = [];
    for await (const event of events.events('page_view', 3)) three.push(event);
    expect(three).toHaveLength(3);
  });

  it('hold what the aggregations of their domain look for', async () => {
    const filter = [
      { field: 'country', comparison: '=', value: 'Atlantis' },
      { field: 'total_amount', comparison: '>', value: 1_000_000 },
    ] as const;
    const [aggregation] = SHOP_DOMAIN.aggregations.filter(({ eventType }) => eventType === 'purchase');
    const events = await eventsOf({ ...FULL_SHOP, aggregations: [{ ...aggregation!, filter }] });
    const made = Array.from({ length: 2000 }, () => events.event('purchase'));
    expect(made.some(({ country }) => country === 'Atlantis')).toBe(true);
    expect(made.some(({ country }) => country !== 'Atlantis')).toBe(true);
    const large = made.filter(({ total_amount }) => Number(total_amount) > 1_000_000);
    expect(large.length).toBeGreaterThan(0);
    expect(large.length).toBeLessThan(made.length / 4);
  });

  it('refuse a type that the domain does not have', async () => {
    const events = await eventsOf(FULL_SHOP);
    expect(() => events.event('nothing')).toThrow(RangeError);
  });
});

describe('sessions', () => {
  it('follow the documented pattern, in their order, by one entity with one device', async () => {
    const events = await eventsOf(FULL_SHOP);
    const sessions = Array.from({ length: 4000 }, () => events.session());
    const share = (step: string, of: string): number => {
      const having = (name: string) =>
        sessions.filter((each) => each.some(({ eventType }) => eventType === name)).length;
      return having(step) / having(of);
    };
    expect(share('product_view', 'page_view')).toBeCloseTo(0.6, 1);
    expect(share('add_to_cart', 'product_view')).toBeCloseTo(0.4, 1);
    expect(share('purchase', 'add_to_cart')).toBeCloseTo(0.3, 1);
    expect(share('search', 'page_view')).toBeCloseTo(0.2, 1);
    for (const session of sessions) {
      expect(session[0]?.eventType).toBe('page_view');
      expect(new Set(session.map(({ event }) => event['user_id'])).size).toBe(1);
      expect(new Set(session.map(({ event }) => event['device_type'])).size).toBe(1);
      expect(timesOf(session)).toEqual(timesOf(session).toSorted((a, b) => a - b));
    }
  });

  it('have as many events as were asked for', async () => {
    const events = await eventsOf(FULL_SHOP);
    for (const eventCount of [1, 2, 9]) {
      const session = events.session({ eventCount, entityId: 'user_x' });
      expect(session).toHaveLength(eventCount);
      expect(session.every(({ event }) => event['user_id'] === 'user_x')).toBe(true);
    }
  });

  it('are made of the types that another domain has', async () => {
    const session = (await eventsOf(IOT)).session({ eventCount: 20 });
    expect(session).toHaveLength(20);
    expect(new Set(session.map(({ eventType }) => eventType))).toEqual(new Set(['sensor_reading', 'alert']));
  });

  it('lie side by side in the order of time', async () => {
    const records = await recordsOf({ count: 2000, sessions: true });
    expect(timesOf(records)).toEqual(timesOf(records).toSorted((a, b) => a - b));
    const firsts = records.slice(0, 20).map(({ event }) => event['user_id']);
    expect(new Set(firsts).size).toBeGreaterThan(2);
  });
});

describe('faulty synthetic records', () => {
  it('come in the shares asked for', async () => {
    const records = await recordsOf({ count: 20_000, late: 0.05, duplicates: 0.03, malformed: 0.02 });
    const share = (fault: string) => records.filter((each) => each.fault === fault).length / records.length;
    expect(records).toHaveLength(20_000);
    expect(share('late')).toBeCloseTo(0.05, 2);
    expect(share('duplicate')).toBeCloseTo(0.03, 2);
    expect(share('malformed')).toBeCloseTo(0.02, 2);
  });

  it('repeat an event that was there, or come at least a minute late', async () => {
    const records = await recordsOf({ count: 5000, late: 0.1, duplicates: 0.1 });
    const seen = new Set<string>();
    let latest = 0;
    for (const { event, fault } of records) {
      const text = JSON.stringify(event);
      expect(seen.has(text)).toBe(fault === 'duplicate');
      if (fault === 'late' && latest > 0) expect(Number(event['timestamp'])).toBeLessThanOrEqual(latest - 59_000);
      seen.add(text);
      latest = Math.max(latest, Number(event['timestamp']));
    }
  });
});

describe('what a field holds', () => {
  it.each([
    ['page_url', { pool: 'url' }],
    ['page_title', { pool: 'title' }],
    ['device_type', { words: ['mobile', 'desktop', 'tablet'] }],
    ['product_id', { thing: 'product' }],
    ['order_id', { unique: 'order', isOfSession: false }],
    ['session_id', { unique: 'session', isOfSession: true }],
    ['anything_else', { pool: 'words' }],
  ])('%s tells by its name', (name, kind) => {
    expect(textKindOf(name)).toEqual(kind);
  });
});
