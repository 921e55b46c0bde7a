import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import type { AvroRecordSchema } from '../../../../src/domain/event-pipelines/avro-schema.js';
import { generateEventSchema, MONEY_NAMES } from '../../../../src/domain/event-pipelines/generate-event-schema.js';
import { eventSchemaText, generateAllSchemas } from '../../../../src/domain/event-pipelines/generate-all-schemas.js';
import { SHOP_DOMAIN } from '../../../support/shop-domain.js';

const USER = { name: 'user', primaryKey: 'user_id' };

describe('the Avro schema of an event type', () => {
  it('is the one that the platform documents', () => {
    const pageView = {
      name: 'page_view',
      attributes: ['page_url', 'page_title'],
      metrics: [],
      dimensions: ['device_type'],
    };
    expect(generateEventSchema(pageView, USER, 'com.streaming.events')).toEqual({
      type: 'record',
      namespace: 'com.streaming.events',
      name: 'page_view',
      fields: [
        { name: 'event_id', type: 'string' },
        { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'user_id', type: 'string' },
        { name: 'page_url', type: ['null', 'string'], default: null },
        { name: 'page_title', type: ['null', 'string'], default: null },
        { name: 'device_type', type: 'string' },
      ],
    });
  });

  it('has whole cents where a metric is money, and doubles otherwise; all of them may be missing', () => {
    const metrics = [...MONEY_NAMES, 'quantity'];
    const { fields } = generateEventSchema({ name: 'sale', attributes: [], metrics, dimensions: [] }, USER, 'n');
    const types = Object.fromEntries(fields.map(({ name, type, ...rest }) => [name, { type, ...rest }]));
    for (const name of ['price', 'total_amount', 'unit_price', 'revenue', 'cost', 'amount'])
      expect(types[name]).toEqual({ type: ['null', 'long'], default: null });
    expect(types['quantity']).toEqual({ type: ['null', 'double'], default: null });
  });

  it('is one that a foreign reader of Avro takes', () => {
    for (const schema of Object.values(generateAllSchemas(SHOP_DOMAIN))) {
      const type = avsc.Type.forSchema(schema as unknown as avsc.Schema);
      expect(type.schema()).toMatchObject({ type: 'record', name: `com.streaming.events.${schema.name}` });
    }
  });
});

describe('the schemas of a domain', () => {
  it('are those of all its event types by their names, in its order', () => {
    const schemas = generateAllSchemas(SHOP_DOMAIN);
    expect(Object.keys(schemas)).toEqual(['page_view', 'purchase']);
    const [, purchase] = SHOP_DOMAIN.eventTypes;
    expect(schemas['purchase']).toEqual(generateEventSchema(purchase!, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace));
  });
});

describe('the text of a schema', () => {
  const schema = generateAllSchemas(SHOP_DOMAIN)['purchase']!;

  it('says all of it, without spaces', () => {
    const text = eventSchemaText(schema);
    expect(JSON.parse(text)).toEqual(schema);
    expect(text).not.toMatch(/\s/);
    expect(text).toMatch(/^\{"type":"record","name":"purchase","namespace":"com\.streaming\.events","fields":\[/);
  });

  it('is the same, in whatever order the parts of the schema were put together', () => {
    const turned = turnKeys(schema) as AvroRecordSchema;
    expect(JSON.stringify(turned)).not.toBe(JSON.stringify(schema));
    expect(eventSchemaText(turned)).toBe(eventSchemaText(schema));
  });
});

/** The same value with the keys of all its objects the other way round. */
function turnKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, turnKeys(inner)]));
}
