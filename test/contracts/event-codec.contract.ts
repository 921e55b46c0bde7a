import { beforeAll, describe, expect, it } from 'vitest';
import { generateEventSchema } from '../../src/domain/event-pipelines/generate-event-schema.js';
import type { EventCodec, WireRecord } from '../../src/domain/ports/event-codec.port.js';
import type { SchemaRegistry, SchemaVersion } from '../../src/domain/ports/schema-registry.port.js';
import { SHOP_DOMAIN } from '../support/shop-domain.js';

export interface EventCodecHarness {
  readonly codec: EventCodec;
  readonly registry: SchemaRegistry;
  /** The codec over a registry that does not answer. */
  readonly cutOff: EventCodec;
}

const purchase = SHOP_DOMAIN.eventTypes[1]!;
const SCHEMA = JSON.stringify(generateEventSchema(purchase, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace));
const EVENT = {
  event_id: 'e-1',
  timestamp: 1_736_772_896_123,
  user_id: 'u-1',
  order_id: 'Größe "42"\n\u0001\\😀',
  total_amount: 9_007_199_254_740_990,
  quantity: 2.5,
  device_type: 'mobile',
  country: 'FR',
};

/** What every EventCodec adapter promises. */
export function eventCodecContract(codecName: string, open: () => Promise<EventCodecHarness>): void {
  describe(`EventCodec by ${codecName}`, () => {
    let harness: EventCodecHarness;
    let registered: SchemaVersion;
    beforeAll(async () => {
      harness = await open();
      registered = await harness.registry.register('codec-value', SCHEMA);
    });

    const decoded = async (record: WireRecord, reader = SCHEMA): Promise<unknown> => {
      const decoder = harness.codec.decoder(reader);
      await decoder.prepare([record]);
      const line = decoder.decode(record);
      return line instanceof Uint8Array ? JSON.parse(Buffer.from(line).toString('utf8')) : line;
    };

    it('writes the id of the schema in front, big endian', () => {
      const bytes = harness.codec.encoder(SCHEMA, 0x01020304).encode(EVENT);
      expect([...bytes.subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
    });

    it('brings back what was written, null for what is missing', async () => {
      const encoder = harness.codec.encoder(SCHEMA, registered.id);
      expect(await decoded({ data: encoder.encode(EVENT) })).toEqual(EVENT);
      const { order_id: _, total_amount: __, ...less } = EVENT;
      expect(await decoded({ data: encoder.encode(less) })).toEqual({ ...less, order_id: null, total_amount: null });
    });

    it('keeps what was encoded when more is encoded after it', () => {
      const encoder = harness.codec.encoder(SCHEMA, registered.id);
      const first = encoder.encode(EVENT);
      const before = Buffer.from(first);
      encoder.encode({ ...EVENT, event_id: 'another', country: 'x'.repeat(100_000) });
      expect(Buffer.from(first).equals(before)).toBe(true);
    });

    it('reads the header with the GUID, the data without a prefix', async () => {
      const data = harness.codec.encoder(SCHEMA, registered.id).encode(EVENT).subarray(5);
      const header = Buffer.concat([Buffer.from([1]), Buffer.from(registered.guid.replaceAll('-', ''), 'hex')]);
      expect(await decoded({ data, headers: new Map([['__value_schema_id', header]]) })).toEqual(EVENT);
    });

    it('names each field that does not fit, without its value', () => {
      const encoder = harness.codec.encoder(SCHEMA, registered.id);
      const wrong = { ...EVENT, quantity: 'secret-value', country: null, total_amount: 1.5, colour: 'red' };
      const encode = (): Uint8Array => encoder.encode(wrong);
      expect(encode).toThrow(expect.objectContaining({ code: 'event.invalid' }));
      try {
        encode();
      } catch (error) {
        const { faults, message } = error as { faults: { path: string }[]; message: string };
        expect(faults.map(({ path }) => path).sort()).toEqual(['colour', 'country', 'quantity', 'total_amount']);
        expect(JSON.stringify([faults, message])).not.toContain('secret-value');
      }
      const { user_id: _, ...without } = EVENT;
      expect(() => encoder.encode(without)).toThrow(
        expect.objectContaining({ faults: [expect.objectContaining({ path: 'user_id' })] }),
      );
    });

    it('reads events of an older and of a newer schema as the one expected', async () => {
      const more = { ...purchase, attributes: ['order_id', 'coupon'] };
      const newer = JSON.stringify(generateEventSchema(more, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace));
      const { id } = await harness.registry.register('codec-value', newer);
      const old = harness.codec.encoder(SCHEMA, registered.id).encode(EVENT);
      const recent = harness.codec.encoder(newer, id).encode({ ...EVENT, coupon: 'c' });
      expect(await decoded({ data: old }, newer)).toEqual({ ...EVENT, coupon: null });
      expect(await decoded({ data: recent })).toEqual(EVENT);
    });

    it('says why a record cannot be decoded, and goes on with the next', async () => {
      const good = harness.codec.encoder(SCHEMA, registered.id).encode(EVENT);
      const unknown = Buffer.from(good);
      unknown.writeInt32BE(2_000_000_000, 1);
      const records = [
        Buffer.from('{"json":1}'),
        Buffer.alloc(0),
        good.subarray(0, good.length - 1),
        Buffer.concat([good, Buffer.from([0])]),
        unknown,
        good,
      ].map((data) => ({ data }));
      const decoder = harness.codec.decoder(SCHEMA);
      await decoder.prepare(records);
      const outcomes = records.map((record) => decoder.decode(record));
      expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : 'decoded'))).toEqual([
        'record.not-avro',
        'record.not-avro',
        'record.not-avro',
        'record.not-avro',
        'record.unknown-schema',
        'decoded',
      ]);
    });

    it('refuses a schema that is none, or not one of a record', () => {
      const refused = expect.objectContaining({ code: 'schema.invalid' });
      for (const schema of ['{', '"string"', '{"type":"record","name":"1","fields":[]}']) {
        expect(() => harness.codec.encoder(schema, 1)).toThrow(refused);
        expect(() => harness.codec.decoder(schema)).toThrow(refused);
      }
    });

    it('decodes none while the registry does not answer', async () => {
      const decoder = harness.cutOff.decoder(SCHEMA);
      const data = harness.codec.encoder(SCHEMA, registered.id).encode(EVENT);
      await expect(decoder.prepare([{ data }])).rejects.toMatchObject({ code: 'registry.unreachable' });
    });
  });
}
