import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateEventSchema } from '../../../src/domain/event-pipelines/generate-event-schema.js';
import { HttpSchemaRegistry } from '../../../src/infrastructure/confluent/http-schema-registry.js';
import { RegistryHttp } from '../../../src/infrastructure/confluent/registry-http.js';
import { AvroEventCodec } from '../../../src/infrastructure/avro/avro-event-codec.js';
import { CountedMetrics } from '../../support/counted-metrics.js';
import { freshName } from '../../support/engine-of.js';
import { RegistryService } from '../../support/registry-service.js';
import { SHOP_DOMAIN } from '../../support/shop-domain.js';

const [pageView] = SHOP_DOMAIN.eventTypes;
const SCHEMA = generateEventSchema(pageView!, SHOP_DOMAIN.entity, 'com.example.kafkajs');
const EVENT = {
  event_id: 'e-1',
  timestamp: 1_736_772_896_123,
  user_id: 'u-1',
  page_url: '/größe',
  page_title: null,
  device_type: 'mobile',
};

describe('@kafkajs/confluent-schema-registry', () => {
  let service: RegistryService;
  let client: SchemaRegistry;
  beforeAll(async () => {
    service = await RegistryService.start();
    client = new SchemaRegistry({ host: service.url, auth: { username: 'kafkajs', password: 'boss' } });
  });
  afterAll(() => service.close());

  const asRegistered = { type: SchemaType.AVRO, schema: JSON.stringify(SCHEMA) } as const;

  it('registers, encodes and decodes', async () => {
    const subject = freshName('subject');
    const { id } = await client.register(asRegistered, { subject });
    expect(await client.register(asRegistered, { subject })).toMatchObject({ id });
    const bytes = await client.encode(id, EVENT);
    expect(await client.decode(bytes)).toEqual(EVENT);
    expect(await client.getLatestSchemaId(subject)).toBe(id);
    expect(await client.getRegistryId(subject, 1)).toBe(id);
    expect(await client.getRegistryIdBySchema(subject, asRegistered)).toBe(id);
  });

  it('sets the level of a new subject, and is told of a schema that does not fit', async () => {
    const subject = freshName('subject');
    await client.register(asRegistered, { subject, compatibility: COMPATIBILITY.FULL });
    expect((await service.call('GET', `/config/${subject}`)).body).toEqual({ compatibilityLevel: 'FULL' });
    const more = { ...SCHEMA, fields: [...SCHEMA.fields, { name: 'must', type: 'string' }] };
    const register = client.register(
      { ...asRegistered, schema: JSON.stringify(more) },
      { subject, compatibility: COMPATIBILITY.FULL },
    );
    await expect(register).rejects.toMatchObject({ status: 409 });
  });

  it('finds a schema by references', async () => {
    const subject = freshName('money');
    const money = { type: 'record', name: freshName('Money'), namespace: 'com.example', fields: [] };
    await client.register({ type: SchemaType.AVRO, schema: JSON.stringify(money) }, { subject });
    const name = `com.example.${money.name}`;
    const order = { type: 'record', name: freshName('Order'), fields: [{ name: 'total', type: name }] };
    const references = [{ name, subject, version: 1 }];
    const schema = { type: SchemaType.AVRO, schema: JSON.stringify(order), references } as const;
    const { id } = await client.register(schema, { subject: freshName('order') });
    const fresh = new SchemaRegistry({ host: service.url, auth: { username: '', password: 'reader' } });
    expect(await fresh.decode(await client.encode(id, { total: {} }))).toEqual({ total: {} });
  });

  it('reads what the service writes, and writes what the service reads', async () => {
    const { id } = await client.register(asRegistered, { subject: freshName('subject') });
    const http = new RegistryHttp({ url: service.url, password: 'reader', timeoutMs: 30_000, maxAttempts: 2 });
    const codec = new AvroEventCodec(new HttpSchemaRegistry(http, new CountedMetrics()));
    const bytes = codec.encoder(JSON.stringify(SCHEMA), id).encode(EVENT);
    expect(await client.decode(Buffer.from(bytes))).toEqual(EVENT);
    const record = { data: await client.encode(id, EVENT) };
    const decoder = codec.decoder(JSON.stringify(SCHEMA));
    await decoder.prepare([record]);
    expect(JSON.parse(Buffer.from(decoder.decode(record) as Uint8Array).toString())).toEqual(EVENT);
  });

  it('is told that there is no such schema', async () => {
    await expect(client.getSchema(2_000_000_000)).rejects.toMatchObject({ status: 404 });
  });
});
