import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../src/domain/errors.js';
import type { StreamSink } from '../../../src/domain/ports/stream-sink.port.js';
import { KafkaSettings } from '../../../src/infrastructure/config/kafka.settings.js';
import { SystemClock } from '../../../src/infrastructure/clock/system-clock.js';
import { KafkaStreams } from '../../../src/infrastructure/kafka/kafka-streams.js';
import { type KafkaRoute, SinkRoutes, SourceRoutes } from '../../../src/infrastructure/stream-routes.js';
import { NotedLog } from '../../support/kafka-broker.js';
import { MemoryStreams } from '../../support/onboarding-memory.js';

const CALLER = { accessKey: 'good', secretKey: 'x' };

/** Streams and topics in memory: which of them is asked is the matter here. */
function world(streams: readonly string[], topics: readonly string[] | undefined) {
  const [kinesis, kafka] = [new MemoryStreams(), new MemoryStreams()];
  for (const name of streams) kinesis.put(name, 0, '{}');
  for (const name of topics ?? []) kafka.put(name, 0, '{}');
  const sinkOf = (kind: string, written: string[]): StreamSink => ({
    ensure: async (name) => void written.push(`${kind} makes ${name}`),
    publish: async (name, { length }) => written.push(`${kind} writes ${name}`) && length,
  });
  const written: string[] = [];
  const unset = new KafkaStreams(new KafkaSettings(), { clock: new SystemClock(), log: new NotedLog() });
  const set = { isConfigured: true, source: async () => kafka, sink: async () => sinkOf('kafka', written) };
  const route: KafkaRoute = topics === undefined ? unset : set;
  return {
    kinesis,
    source: new SourceRoutes(kinesis, route),
    sink: new SinkRoutes(sinkOf('kinesis', written), route),
    written,
  };
}

describe('where a stream is', () => {
  it('is said by its name', async () => {
    const { source, sink, written } = world(['orders'], ['kafka:orders']);
    expect((await source.describe('kafka:orders', 'service')).name).toBe('kafka:orders');
    expect((await source.describe('orders', 'service')).name).toBe('orders');
    await sink.ensure('kafka:orders', 1);
    expect(await sink.publish('orders', [{ partitionKey: 'k', data: new Uint8Array() }])).toBe(1);
    expect(written).toEqual(['kafka makes kafka:orders', 'kinesis writes orders']);
  });

  it('is listed for the service from both', async () => {
    expect(await world(['orders', 'visits'], ['kafka:orders']).source.list('service')).toEqual([
      'kafka:orders',
      'orders',
      'visits',
    ]);
    expect(await world(['orders'], undefined).source.list('service')).toEqual(['orders']);
  });

  it('is listed for credentials of AWS from Kinesis only', async () => {
    expect(await world(['orders'], ['kafka:orders']).source.list(CALLER)).toEqual(['orders']);
  });

  it('is listed from Kafka alone where the service may not use Kinesis', async () => {
    const { kinesis, source } = world(['orders'], ['kafka:orders']);
    kinesis.serviceIsKnown = false;
    expect(await source.list('service')).toEqual(['kafka:orders']);
    const only = world(['orders'], undefined);
    only.kinesis.serviceIsKnown = false;
    await expect(only.source.list('service')).rejects.toBeInstanceOf(PenstockError);
  });

  it('is nowhere for a topic where no brokers are configured, and the setting is named', async () => {
    const { source, sink } = world(['orders'], undefined);
    const unset = { code: 'stream.unknown', message: expect.stringContaining('KAFKA_BOOTSTRAP_SERVERS') };
    await expect(source.describe('kafka:orders', 'service')).rejects.toMatchObject(unset);
    await expect(sink.publish('kafka:orders', [])).rejects.toMatchObject(unset);
  });
});
