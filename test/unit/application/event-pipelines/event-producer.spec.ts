import { describe, expect, it } from 'vitest';
import { EventProducer } from '../../../../src/application/event-pipelines/event-producer.js';
import { generateEventSchema } from '../../../../src/domain/event-pipelines/generate-event-schema.js';
import type { ProducerLimits } from '../../../../src/domain/event-pipelines/producer-limits.js';
import { AvroEventCodec } from '../../../../src/infrastructure/avro/avro-event-codec.js';
import { SystemClock } from '../../../../src/infrastructure/clock/system-clock.js';
import { typeOf } from '../../../support/avro-type.js';
import { CountedMetrics } from '../../../support/counted-metrics.js';
import { MemoryRegistry } from '../../../support/memory-registry.js';
import { MemorySink } from '../../../support/memory-sink.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';
import { until } from '../../../support/until.js';

const STREAM = 'events.page_view';
const { entity, eventTypes, namespace } = SHOP_DOMAIN;
const SCHEMA = generateEventSchema(eventTypes[0]!, entity, namespace);
const LIMITS = {
  maxPendingEvents: 1000,
  maxPendingBytes: 1_000_000,
  batchEvents: 100,
  lingerMs: 1,
  deliveryMs: 60_000,
  maxEventBytes: 10_000,
  maxRequestEvents: 100,
  closeMs: 10_000,
};

const view = (user: number, n: number) => ({
  event_id: String(n),
  timestamp: 1_767_225_600_000 + n,
  user_id: `user_${user}`,
  page_url: null,
  page_title: null,
  device_type: 'mobile',
});

function world(limits: Partial<ProducerLimits> = {}) {
  const [sink, registry, metrics] = [new MemorySink(), new MemoryRegistry(), new CountedMetrics()];
  const log = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };
  const probes = { register: () => {}, remove: () => {}, list: () => [] };
  const ports = { sink, registry, metrics, log, probes, codec: new AvroEventCodec(registry), clock: new SystemClock() };
  const producer = new EventProducer(SHOP_DOMAIN, ports, { ...LIMITS, ...limits });
  const stored = () => {
    const type = typeOf(JSON.stringify(SCHEMA));
    return (sink.streams.get(STREAM) ?? []).map(({ partitionKey, data }) => {
      const event = type.fromBuffer(Buffer.from(data).subarray(5)) as { event_id: string; user_id: string };
      return { key: partitionKey, id: Number(event.event_id), user: event.user_id };
    });
  };
  return { sink, registry, metrics, producer, stored };
}

function isInOrder(stored: readonly { key: string; id: number }[]): boolean {
  const last = new Map<string, number>();
  return stored.every(({ key, id }) => {
    const isNext = id > (last.get(key) ?? -1);
    last.set(key, id);
    return isNext;
  });
}

describe('a producer', () => {
  it('sends events as Avro of the registered schema to the stream of their type, keyed by their entity', async () => {
    const { producer, registry, sink, stored, metrics } = world();
    await producer.send('page_view', view(1, 0));
    await producer.send('page_view', view(2, 1), 'another-key');
    expect(await producer.flush(10_000)).toBe(0);
    expect(stored()).toEqual([
      { key: 'user_1', id: 0, user: 'user_1' },
      { key: 'another-key', id: 1, user: 'user_2' },
    ]);
    expect(await registry.latest('events.page_view-value')).toMatchObject({ id: 1, schema: JSON.stringify(SCHEMA) });
    expect([...sink.streams.get(STREAM)![0]!.data.subarray(0, 5)]).toEqual([0, 0, 0, 0, 1]);
    expect(producer.stats()).toMatchObject({ sent: 2, errors: 0, pending: 0, pendingBytes: 0, failed: [] });
    expect(metrics.of('events_produced_total', 'page_view', 'success')).toBe(2);
  });

  it('keeps the order of the calls, also of those that nobody waited for', async () => {
    const { producer, stored } = world();
    await Promise.all(Array.from({ length: 300 }, (_, n) => producer.send('page_view', view(n % 7, n))));
    await producer.close();
    expect(stored()).toHaveLength(300);
    expect(stored().map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, n) => n));
  });

  it('tries given up records again before any later ones, and counts each event once', async () => {
    const { producer, sink, stored } = world();
    sink.next.push({ giveUp: [0, 3, 7], code: 'stream.throttled' }, 'stream.unreachable', {
      giveUp: [1],
      code: 'stream.throttled',
    });
    const batch = await producer.sendBatch('page_view', Array.from({ length: 50 }, (_, n) => view(n % 3, n)).values());
    expect(batch).toEqual({ sent: 50, failed: [] });
    expect(stored()).toHaveLength(50);
    expect(sink.batches.slice(0, 4)).toEqual([50, 3, 3, 1]);
    expect(producer.stats()).toMatchObject({ sent: 50, errors: 0, retries: 7 });
  });

  it('lets nothing of a key overtake while the transport gives up its rest', async () => {
    const { producer, sink, stored } = world({ batchEvents: 10 });
    // As the port promises: when a record is given up, so are those of its key after it.
    for (let n = 0; n < 5; n += 1) sink.next.push({ giveUp: [4, 5, 6, 7, 8, 9], code: 'stream.throttled' });
    await producer.sendBatch(
      'page_view',
      Array.from({ length: 100 }, (_, n) => view(n % 2, n)),
    );
    expect(stored()).toHaveLength(100);
    expect(isInOrder(stored())).toBe(true);
  });

  it('gives an event up when its time is over, and tells it by index and code', async () => {
    const { producer, sink, metrics } = world({ deliveryMs: 0 });
    sink.next.push({ giveUp: [1], code: 'stream.throttled' });
    const batch = await producer.sendBatch('page_view', [view(1, 0), view(2, 1), view(3, 2)]);
    expect(batch).toEqual({ sent: 2, failed: [{ index: 1, code: 'stream.throttled' }] });
    expect(producer.stats()).toMatchObject({ sent: 2, errors: 1, failed: [{ index: 1, code: 'stream.throttled' }] });
    expect(metrics.of('events_produced_total', 'page_view', 'error')).toBe(1);
  });

  it('does not try again what time does not mend', async () => {
    const { producer, sink } = world();
    sink.next.push('stream.forbidden');
    const { sent, failed } = await producer.sendBatch('page_view', [view(1, 0)]);
    expect({ sent, failed }).toEqual({ sent: 0, failed: [{ index: 0, code: 'stream.forbidden' }] });
    expect((await producer.sendBatch('page_view', [view(1, 1)])).sent).toBe(1);
  });

  it('holds senders back while the transport is slow, and refuses those who do not wait', async () => {
    const { producer, sink } = world({ maxPendingEvents: 10, batchEvents: 1000 });
    let open: () => void = () => {};
    sink.next.push(new Promise<void>((resolve) => (open = resolve)));
    let accepted = 0;
    const sending = (async () => {
      for (; accepted < 20; accepted += 1) await producer.send('page_view', view(1, accepted));
    })();
    await until(
      async () => producer.stats().pending,
      (pending) => pending >= 5,
    );
    const eager = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => producer.send('page_view', view(2, n))).map((each) =>
        Promise.race([each, Promise.resolve()]),
      ),
    );
    expect(producer.stats().pending).toBe(10);
    expect(eager.some(({ status }) => status === 'rejected')).toBe(true);
    open();
    await sending;
    expect(await producer.flush(10_000)).toBe(0);
    expect(producer.stats().errors).toBe(0);
  });

  it('waits in flush only as long as it is told, and counts what is then still on its way as given up by close', async () => {
    const { producer, sink } = world();
    let open: () => void = () => {};
    sink.next.push(new Promise<void>((resolve) => (open = resolve)));
    const batch = producer.sendBatch('page_view', [view(1, 0), view(1, 1)]);
    await until(
      async () => sink.batches.length,
      (batches) => batches === 1,
    );
    expect(await producer.flush(10)).toBe(2);
    expect(await producer.close(10)).toMatchObject({ sent: 0, errors: 2, pending: 0 });
    expect(await batch).toMatchObject({
      sent: 0,
      failed: [{ code: 'event.undelivered' }, { code: 'event.undelivered' }],
    });
    open();
    await expect(producer.send('page_view', view(1, 2))).rejects.toMatchObject({ code: 'service.stopping' });
    expect(producer.stats()).toMatchObject({ sent: 0, errors: 2 });
  });

  it('refuses a type it does not know, and an event that is too large', async () => {
    const { producer } = world();
    await expect(producer.send('nothing', view(1, 0))).rejects.toMatchObject({ code: 'event-type.unknown' });
    const large = { ...view(1, 0), page_url: 'x'.repeat(20_000) };
    await expect(producer.send('page_view', large)).rejects.toMatchObject({ code: 'event.invalid' });
    const { sent, failed } = await producer.sendBatch('page_view', [large, view(1, 1)]);
    expect(sent).toBe(1);
    expect(failed).toMatchObject([{ index: 0, code: 'event.invalid' }]);
  });

  it('fails the events of a batch whose stream cannot be prepared, and prepares it for the next ones', async () => {
    const { producer, registry } = world();
    const register = registry.register.bind(registry);
    registry.register = () => Promise.reject(Object.assign(new Error('down'), { code: 'registry.unreachable' }));
    await expect(producer.sendBatch('page_view', [view(1, 0)])).rejects.toThrow('down');
    registry.register = register;
    expect((await producer.sendBatch('page_view', [view(1, 0)])).sent).toBe(1);
  });
});
