/** Synthetic events, their Avro, and the producer: per processor-second, and against the embedded Kinesis. */
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { faker as Faker } from '@faker-js/faker/locale/en';
import avsc from 'avsc';
import { EventProducer } from '../src/application/event-pipelines/event-producer.js';
import type { EventValues } from '../src/domain/event-pipelines/avro-schema.js';
import { poolsFor } from '../src/domain/event-pipelines/field-kinds.js';
import { generateEventSchema } from '../src/domain/event-pipelines/generate-event-schema.js';
import { SyntheticEvents } from '../src/domain/event-pipelines/synthetic-events.js';
import { type SyntheticOrder, syntheticRecords } from '../src/domain/event-pipelines/synthetic-records.js';
import type { StreamSink } from '../src/domain/ports/stream-sink.port.js';
import { AvroEventCodec } from '../src/infrastructure/avro/avro-event-codec.js';
import { SystemClock } from '../src/infrastructure/clock/system-clock.js';
import { EventSettings } from '../src/infrastructure/config/event.settings.js';
import { FakerValuePools } from '../src/infrastructure/faker/faker-value-pools.js';
import { CountedMetrics } from '../test/support/counted-metrics.js';
import { kinesisAt } from '../test/support/kinesis-adapters.js';
import { newStream } from '../test/support/kinesis-client.js';
import { startBuiltKinesis, temporaryFolder } from '../test/support/kinesis-engines.js';
import { MemoryRegistry } from '../test/support/memory-registry.js';
import { SHOP_DOMAIN } from '../test/support/shop-domain.js';
import { Report } from './support/report.js';
import { type Contender, measure, median, way } from './support/rounds.js';

const EVENTS = 100_000;
/** For ways that are much slower. */
const FEW = 5000;
const PUBLISHED = 20_000;
const TYPE = 'purchase';
const SEED = 7;

const [pageView, purchase] = SHOP_DOMAIN.eventTypes;
if (pageView === undefined || purchase === undefined) throw new Error('The shop has lost its event types.');
const schema = generateEventSchema(purchase, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace);
const texts = [pageView, purchase].flatMap(({ attributes, dimensions }) => [...attributes, ...dimensions]);
const pools = await new FakerValuePools().prepare(poolsFor(texts), SEED);
const { faker } = await import('@faker-js/faker/locale/en');
const report = new Report('events');
let touched = 0;
report.peer('@faker-js/faker, avsc, the AWS SDK', 'installed');

await generation();
await encoding();
await producing();
await publishing();
report.finish();

function synthetic(): SyntheticEvents {
  return new SyntheticEvents(SHOP_DOMAIN, pools, { seed: SEED, startMs: 1_767_225_600_000, eventsPerSecond: 100 });
}

function records(order: Partial<SyntheticOrder> = {}): ReturnType<typeof syntheticRecords> {
  return syntheticRecords(synthetic(), { count: EVENTS, eventType: TYPE, ...order });
}

function prepared(count: number): EventValues[] {
  const events = synthetic();
  return Array.from({ length: count }, () => events.event(TYPE));
}

async function generation(): Promise<void> {
  const ours = 'one type, seeded';
  const peer = 'a call of faker for each value';
  const ways = [
    way('ours', ours, EVENTS, async () => drain(records())),
    way('ours', 'with late and duplicate ones', EVENTS, async () => drain(records({ late: 0.02, duplicates: 0.01 }))),
    way('ours', 'as an async iterable', EVENTS, async () => {
      for await (const event of synthetic().events(TYPE, EVENTS)) touch(event);
    }),
    way('peer', peer, FEW, async () => {
      faker.seed(SEED);
      for (let made = 0; made < FEW; made += 1) touch(byFaker(faker));
    }),
  ];
  await report.compare('Making purchases', ways, [
    { name: 'generation, CPU of faker for each value', of: ours, by: peer, what: 'cpu' },
  ]);
  await perCpuSecond(
    'generation: events per CPU-second',
    way('ours', ours, EVENTS, async () => drain(records())),
    {
      target: 400_000,
    },
  );
}

async function encoding(): Promise<void> {
  const events = prepared(EVENTS);
  const type = avsc.Type.forSchema(schema as unknown as avsc.Schema, { logicalTypes: {} });
  const encoder = new AvroEventCodec(new MemoryRegistry()).encoder(JSON.stringify(schema), 1);
  const reused = Buffer.alloc(65_536);
  const [ours, limit, json] = ['wire format by the codec', 'avsc into a reused buffer', 'JSON.stringify, as bytes'];
  const ways = [
    way('limit', limit, EVENTS, async () => events.forEach((event) => type.encode(event, reused, 5))),
    way('peer', 'avsc toBuffer', EVENTS, async () => events.forEach((event) => type.toBuffer(event))),
    way('peer', json, EVENTS, async () => events.forEach((event) => Buffer.from(JSON.stringify(event)))),
    way('ours', ours, EVENTS, async () => events.forEach((event) => encoder.encode(event))),
  ];
  await report.compare('Encoding purchases', ways, [
    { name: 'encoding, CPU of avsc into a reused buffer', of: ours, by: limit, what: 'cpu' },
    { name: 'encoding, CPU of JSON.stringify', of: ours, by: json, what: 'cpu' },
  ]);
}

/** Generation, Avro, lanes and counts, over a transport that takes everything at once. */
async function producing(): Promise<void> {
  const taking: StreamSink = {
    ensure: async () => undefined,
    publish: async (_, batch) => batch.length,
  };
  const ours = 'generate, encode, hand over';
  const json = 'generate, JSON.stringify';
  const contender = way('ours', ours, EVENTS, () => produce(taking, EVENTS));
  const ways = [
    way('limit', 'generate', EVENTS, async () => drain(records())),
    way('peer', json, EVENTS, async () => {
      for (const { event } of records()) touch(Buffer.from(JSON.stringify(event)));
    }),
    contender,
  ];
  await report.compare('From nothing to the transport', ways, [
    { name: 'producer, CPU of generating and JSON.stringify', of: ours, by: json, what: 'cpu' },
  ]);
  await perCpuSecond('producer: events per CPU-second', contender, { target: 200_000, stretch: 350_000 });
}

/** To the embedded Kinesis, which is what limits it; its processor time is not counted. */
async function publishing(): Promise<void> {
  const dir = await temporaryFolder();
  const { child, client, url } = await startBuiltKinesis(dir);
  const { sink, clients } = kinesisAt(url);
  const [ours, peer] = ['EventProducer, order of keys kept', 'PutRecords of 500, one after another'];
  const encoder = new AvroEventCodec(new MemoryRegistry()).encoder(JSON.stringify(schema), 1);
  const ways = [
    way('peer', peer, PUBLISHED, async () => {
      const StreamName = await newStream(client, SHOP_DOMAIN.stream.shards);
      const batch = prepared(PUBLISHED).map((event) => ({
        PartitionKey: String(event['user_id']),
        Data: encoder.encode(event),
      }));
      for (let at = 0; at < batch.length; at += 500) {
        await client.send(new PutRecordsCommand({ StreamName, Records: batch.slice(at, at + 500) }));
      }
    }),
    way('ours', ours, PUBLISHED, () => produce(sink, PUBLISHED)),
  ];
  await report.compare('To the embedded Kinesis, made and encoded on the way', ways, [
    { name: 'publishing, rate of a plain PutRecords loop', of: ours, by: peer, what: 'throughput' },
    { name: 'publishing, CPU of a plain PutRecords loop', of: ours, by: peer, what: 'cpu' },
  ]);
  clients.close();
  client.destroy();
  child.kill('SIGTERM');
}

async function produce(sink: StreamSink, count: number): Promise<void> {
  const registry = new MemoryRegistry();
  const log = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };
  const probes = { register: () => {}, remove: () => {}, list: () => [] };
  const codec = new AvroEventCodec(registry);
  const ports = { sink, registry, codec, log, probes, metrics: new CountedMetrics(), clock: new SystemClock() };
  const producer = new EventProducer(SHOP_DOMAIN, ports, new EventSettings());
  for (const { eventType, event } of records({ count })) await producer.send(eventType, event);
  const { sent, errors } = await producer.close(60_000);
  if (sent !== count || errors > 0) throw new Error(`${sent} of ${count} events were taken.`);
}

function byFaker(fake: typeof Faker): EventValues {
  return {
    event_id: fake.string.uuid(),
    timestamp: fake.date.recent().getTime(),
    user_id: `user_${fake.number.int({ min: 1, max: 100 })}`,
    order_id: fake.string.uuid(),
    total_amount: fake.number.int({ min: 199, max: 49_999 }),
    quantity: fake.number.int({ min: 1, max: 5 }),
    device_type: fake.helpers.arrayElement(['mobile', 'desktop', 'tablet']),
    country: fake.location.countryCode(),
  };
}

/** So that nothing is made for nobody, and left out. */
function touch(value: object): void {
  touched += value === undefined ? 0 : 1;
}

function drain(made: Iterable<object>): void {
  for (const each of made) touch(each);
}

async function perCpuSecond(
  name: string,
  contender: Contender,
  goals: { readonly target: number; readonly stretch?: number },
): Promise<void> {
  const [measured] = await measure([contender], report.rounds);
  const rates = (measured?.figures ?? []).map(({ items, cpuMs }) => Math.round((items / cpuMs) * 1000));
  const spread = [Math.min(...rates), Math.max(...rates)] as const;
  const rows = [{ role: 'ours', way: contender.name, 'events per CPU s': median(rates) }];
  report.add({ title: name, rows, ratios: [{ name, value: median(rates), spread, better: 'higher', ...goals }] });
}
