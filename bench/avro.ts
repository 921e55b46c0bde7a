/** Events between values, Avro and JSON, per core: against avsc alone, and against JSON as the format itself. */
import avsc from 'avsc';
import { generateEventSchema } from '../src/domain/event-pipelines/generate-event-schema.js';
import { AvroEventCodec } from '../src/infrastructure/avro/avro-event-codec.js';
import { MemoryRegistry } from '../test/support/memory-registry.js';
import { SHOP_DOMAIN } from '../test/support/shop-domain.js';
import { Report } from './support/report.js';
import { way } from './support/rounds.js';

const EVENTS = 20_000;
const TIMES = 10;
const ALL = EVENTS * TIMES;
const PREFIX_BYTES = 5;

const report = new Report('avro');
const [, purchase] = SHOP_DOMAIN.eventTypes;
const schema = JSON.stringify(generateEventSchema(purchase!, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace));
const events = Array.from({ length: EVENTS }, (_, n) => ({
  event_id: `0b6f1c1e-6a0e-4a55-9a39-${String(n).padStart(12, '0')}`,
  timestamp: 1_736_772_896_123 + n,
  user_id: `user-${n % 5000}`,
  order_id: n % 3 === 0 ? null : `order-${n}`,
  total_amount: (n * 7919) % 100_000,
  quantity: n % 2 === 0 ? 1 + (n % 5) : null,
  device_type: 'mobile',
  country: 'FR',
}));

const registry = new MemoryRegistry();
const { id } = await registry.register('avro-value', schema);
const codec = new AvroEventCodec(registry);
const encoder = codec.encoder(schema, id);
const decoder = codec.decoder(schema);
const records = events.map((event) => ({ data: encoder.encode(event) }));
await decoder.prepare(records.slice(0, 1));
const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, { logicalTypes: {} });
const binary = records.map(({ data }) => Buffer.from(data.subarray(PREFIX_BYTES)));
const lines = events.map((event) => Buffer.from(JSON.stringify(event)));

const ours = 'encode, in the wire format';
const avscAlone = 'avsc, toBuffer';
const stringify = 'JSON.stringify';
await report.compare(
  `${ALL} events into bytes`,
  [
    way('ours', ours, ALL, () => each(events, (event) => encoder.encode(event))),
    way('peer', avscAlone, ALL, () => each(events, (event) => type.toBuffer(event))),
    way('peer', stringify, ALL, () => each(events, (event) => Buffer.from(JSON.stringify(event)))),
  ],
  [
    { name: 'encoding against avsc', of: ours, by: avscAlone, what: 'throughput' },
    { name: 'encoding against JSON.stringify', of: ours, by: stringify, what: 'throughput' },
  ],
);

const line = 'decode, straight into a line of JSON';
const throughObjects = 'avsc, fromBuffer and JSON.stringify';
const jsonAgain = 'JSON.parse and JSON.stringify';
await report.compare(
  `${ALL} events into lines of JSON`,
  [
    way('ours', line, ALL, () => each(records, (record) => decoder.decode(record))),
    way('peer', throughObjects, ALL, () =>
      each(binary, (bytes) => Buffer.from(JSON.stringify(type.fromBuffer(bytes)))),
    ),
    way('peer', jsonAgain, ALL, () =>
      each(lines, (bytes) => Buffer.from(JSON.stringify(JSON.parse(bytes.toString())))),
    ),
  ],
  [
    { name: 'decoding against avsc and JSON.stringify', of: line, by: throughObjects, what: 'throughput' },
    { name: 'decoding against JSON.parse and JSON.stringify', of: line, by: jsonAgain, what: 'throughput' },
  ],
);
report.finish();

async function each<T>(items: readonly T[], work: (item: T) => unknown): Promise<void> {
  for (let n = 0; n < TIMES; n += 1) for (const item of items) work(item);
}
