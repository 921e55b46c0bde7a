import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateEventSchema } from '../../../src/domain/event-pipelines/generate-event-schema.js';
import { AvroEventCodec } from '../../../src/infrastructure/avro/avro-event-codec.js';
import { HttpSchemaRegistry } from '../../../src/infrastructure/confluent/http-schema-registry.js';
import { RegistryHttp } from '../../../src/infrastructure/confluent/registry-http.js';
import { CountedMetrics } from '../../support/counted-metrics.js';
import { freshName } from '../../support/engine-of.js';
import { RegistryService } from '../../support/registry-service.js';
import { SHOP_DOMAIN } from '../../support/shop-domain.js';

/** Where `npm install --prefix FOLDER @confluentinc/schemaregistry@1.10.1 --ignore-scripts` has put it: it is no dependency, for it brings the SDKs of three clouds. */
const FOLDER = process.env['CONFLUENT_CLIENT'];
const HOW =
  'skipped: set CONFLUENT_CLIENT to a folder after npm install --prefix FOLDER @confluentinc/schemaregistry@1.10.1 --ignore-scripts';

interface Info {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly object[];
}

/** The part of the client that is used here. */
interface Client {
  register(subject: string, schema: Info, normalize?: boolean): Promise<number>;
  registerFullResponse(
    subject: string,
    schema: Info,
    normalize?: boolean,
  ): Promise<Info & { id: number; guid: string }>;
  getBySubjectAndId(subject: string, id: number): Promise<Info>;
  getByGuid(guid: string): Promise<Info>;
  getId(subject: string, schema: Info, normalize?: boolean): Promise<number>;
  getVersion(subject: string, schema: Info, normalize?: boolean): Promise<number>;
  getLatestSchemaMetadata(subject: string): Promise<Info & { id: number; version: number }>;
  getSchemaMetadata(subject: string, version: number, deleted?: boolean): Promise<Info & { id: number }>;
  getAllVersions(subject: string): Promise<number[]>;
  getAllSubjects(): Promise<string[]>;
  testSubjectCompatibility(subject: string, schema: Info): Promise<boolean>;
  testCompatibility(subject: string, version: number, schema: Info): Promise<boolean>;
  getCompatibility(subject: string): Promise<string>;
  updateCompatibility(subject: string, level: string): Promise<string>;
  getDefaultCompatibility(): Promise<string>;
  deleteSubjectVersion(subject: string, version: number, permanent?: boolean): Promise<number>;
  deleteSubject(subject: string, permanent?: boolean): Promise<number[]>;
  close(): void;
}

type Headers = Record<string, Buffer | string>;

interface ConfluentModule {
  readonly SchemaRegistryClient: new (config: object) => Client;
  readonly AvroSerializer: new (
    client: Client,
    type: unknown,
    config: object,
  ) => { serialize(topic: string, message: object, headers?: Headers): Promise<Buffer> };
  readonly AvroDeserializer: new (
    client: Client,
    type: unknown,
    config: object,
  ) => { deserialize(topic: string, bytes: Buffer, headers?: Headers): Promise<unknown> };
  readonly SerdeType: { readonly VALUE: unknown };
  readonly HeaderSchemaIdSerializer: unknown;
}

const [pageView] = SHOP_DOMAIN.eventTypes;
const GENERATED = generateEventSchema(pageView!, SHOP_DOMAIN.entity, 'com.example.confluent');
const SCHEMA = JSON.stringify(GENERATED);
const EVENT = {
  event_id: 'e-1',
  timestamp: 1_736_772_896_123,
  user_id: 'u-1',
  page_url: '/größe',
  page_title: null,
  device_type: 'mobile',
};

describe.skipIf(FOLDER === undefined)(`@confluentinc/schemaregistry${FOLDER === undefined ? ` (${HOW})` : ''}`, () => {
  let service: RegistryService;
  let confluent: ConfluentModule;
  let client: Client;
  beforeAll(async () => {
    confluent = createRequire(join(FOLDER!, 'package.json'))('@confluentinc/schemaregistry') as ConfluentModule;
    service = await RegistryService.start();
    client = newClient('boss');
  });
  afterAll(async () => {
    client.close();
    await service.close();
  });

  const newClient = (key: string): Client =>
    new confluent.SchemaRegistryClient({
      baseURLs: [service.url],
      basicAuthCredentials: { credentialsSource: 'USER_INFO', userInfo: `anybody:${key}` },
    });

  it('registers and finds schemas, versions and subjects', async () => {
    const subject = freshName('subject');
    const registered = await client.registerFullResponse(subject, { schema: SCHEMA, schemaType: 'AVRO' });
    const { id, guid } = registered;
    const other = newClient('reader');
    expect(JSON.parse((await other.getBySubjectAndId(subject, id)).schema)).toMatchObject({ name: 'page_view' });
    expect(JSON.parse((await other.getByGuid(guid)).schema)).toMatchObject({ name: 'page_view' });
    expect(await other.getId(subject, { schema: SCHEMA }, true)).toBe(id);
    expect(await other.getVersion(subject, { schema: SCHEMA })).toBe(1);
    expect(await other.getLatestSchemaMetadata(subject)).toMatchObject({ id, version: 1 });
    expect(await other.getSchemaMetadata(subject, 1)).toMatchObject({ id });
    expect(await other.getAllVersions(subject)).toEqual([1]);
    expect(await other.getAllSubjects()).toContain(subject);
    other.close();
  });

  it('checks and sets compatibility', async () => {
    const subject = freshName('subject');
    await client.register(subject, { schema: SCHEMA });
    const must = { ...GENERATED, fields: [...GENERATED.fields, { name: 'must', type: 'string' }] };
    expect(await client.testSubjectCompatibility(subject, { schema: JSON.stringify(must) })).toBe(false);
    expect(await client.testCompatibility(subject, 1, { schema: SCHEMA })).toBe(true);
    await expect(client.register(subject, { schema: JSON.stringify(must) })).rejects.toMatchObject({
      status: 409,
      errorCode: 409,
    });
    expect(await client.getDefaultCompatibility()).toBe('BACKWARD');
    expect(await client.updateCompatibility(subject, 'NONE')).toBe('NONE');
    expect(await newClient('reader').getCompatibility(subject)).toBe('NONE');
    expect(await client.register(subject, { schema: JSON.stringify(must) })).toBeGreaterThan(0);
  });

  it('deletes', async () => {
    const subject = freshName('subject');
    await client.register(subject, { schema: SCHEMA });
    expect(await client.deleteSubjectVersion(subject, 1)).toBe(1);
    expect(await client.deleteSubject(subject, true)).toEqual([1]);
    await expect(client.getAllVersions(subject)).rejects.toMatchObject({ status: 404, errorCode: 40401 });
  });

  it('writes what the service reads, the id in front and the GUID in a header, and reads what the service writes', async () => {
    const topic = freshName('topic');
    const id = await client.register(`${topic}-value`, { schema: SCHEMA, schemaType: 'AVRO' });
    const { AvroSerializer, AvroDeserializer, SerdeType, HeaderSchemaIdSerializer } = confluent;
    const config = { useLatestVersion: true };
    const headers: Headers = {};
    const records = [
      { data: await new AvroSerializer(client, SerdeType.VALUE, config).serialize(topic, EVENT) },
      {
        data: await new AvroSerializer(client, SerdeType.VALUE, {
          ...config,
          schemaIdSerializer: HeaderSchemaIdSerializer,
        }).serialize(topic, EVENT, headers),
        headers: new Map(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value as Buffer)])),
      },
    ];
    expect(records[0]?.data.readInt32BE(1)).toBe(id);
    expect([...records[1]!.headers!.keys()]).toEqual(['__value_schema_id']);
    const http = new RegistryHttp({ url: service.url, password: 'reader', timeoutMs: 30_000, maxAttempts: 2 });
    const codec = new AvroEventCodec(new HttpSchemaRegistry(http, new CountedMetrics()));
    const decoder = codec.decoder(SCHEMA);
    await decoder.prepare(records);
    for (const record of records) {
      expect(JSON.parse(Buffer.from(decoder.decode(record) as Uint8Array).toString())).toEqual(EVENT);
    }
    const bytes = Buffer.from(codec.encoder(SCHEMA, id).encode(EVENT));
    const read = await new AvroDeserializer(client, SerdeType.VALUE, {}).deserialize(topic, bytes);
    expect({ ...(read as object) }).toEqual(EVENT);
  });
});
