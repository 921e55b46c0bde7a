import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import { avroFingerprint, crc64Avro } from '../../../../../src/domain/event-pipelines/avro/fingerprint.js';
import { parseAvroSchema } from '../../../../../src/domain/event-pipelines/avro/parse-avro-schema.js';
import { parsingCanonicalForm, schemaText } from '../../../../../src/domain/event-pipelines/avro/schema-text.js';

const text = (schema: string, normalize = false): string => schemaText(parseAvroSchema(schema), normalize);
const canonical = (schema: string): string => parsingCanonicalForm(parseAvroSchema(schema));

describe('parsingCanonicalForm', () => {
  // From schema-tests.txt, which comes with Avro's own implementations.
  it.each([
    ['"null"', '"null"', 7_195_948_357_588_979_594n],
    ['{"type":"null"}', '"null"', 7_195_948_357_588_979_594n],
    ['"int"', '"int"', 8_247_732_601_305_521_295n],
    [
      '{ "type":"fixed", "name":"foo", "size":15 }',
      '{"name":"foo","type":"fixed","size":15}',
      1_756_455_273_707_447_556n,
    ],
    [
      '{ "type":"record", "name":"foo", "namespace":"x.y", "fields":[] }',
      '{"name":"x.y.foo","type":"record","fields":[]}',
      undefined,
    ],
    [
      '{ "fields":[{"type":"boolean","name":"f1"}], "namespace":"ignored", "name":"a.b.foo", "type":"record" }',
      '{"name":"a.b.foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}',
      undefined,
    ],
    [
      '{"type":"enum","name":"foo","doc":"x","symbols":["A1","A2"],"aliases":["z"]}',
      '{"name":"foo","type":"enum","symbols":["A1","A2"]}',
      undefined,
    ],
    [
      '[ "int" , {"type":"array","items":{"type":"map","values":"long"}} ]',
      '["int",{"type":"array","items":{"type":"map","values":"long"}}]',
      undefined,
    ],
  ])('of %s is %s', (schema, form, fingerprint) => {
    expect(canonical(schema)).toBe(form);
    if (fingerprint !== undefined)
      expect(BigInt.asIntN(64, BigInt(`0x${avroFingerprint(parseAvroSchema(schema))}`))).toBe(fingerprint);
  });

  it('names a type in full wherever it is used again', () => {
    const list = '{"type":"record","name":"Node","namespace":"n","fields":[{"name":"next","type":["null","Node"]}]}';
    expect(canonical(list)).toBe(
      '{"name":"n.Node","type":"record","fields":[{"name":"next","type":["null","n.Node"]}]}',
    );
  });

  it('is what avsc has, for schemas of all kinds of types', () => {
    for (let n = 0; n < 50; n += 1) {
      const schema = JSON.stringify({
        type: 'record',
        name: `R${n}`,
        namespace: 'com.example',
        fields: [
          { name: 'a', type: { type: 'long', logicalType: 'timestamp-millis' }, doc: 'd' },
          { name: 'b', type: ['null', { type: 'enum', name: 'E', symbols: ['X'] }], default: null },
          { name: 'c', type: { type: 'map', values: n % 2 ? 'E' : 'bytes' } },
          { name: 'd', type: { type: 'fixed', name: 'other.F', size: n } },
          { name: 'e', type: { type: 'array', items: 'other.F' } },
        ],
      });
      expect(canonical(schema)).toBe(JSON.stringify(avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema).schema()));
    }
  });

  it('begins its fingerprint with that of no bytes', () => {
    expect(crc64Avro(new Uint8Array())).toBe(0xc15d213aa4d7a795n);
  });
});

describe('schemaText', () => {
  it('is the same however the schema was written', () => {
    const one = '{"type":"record","name":"a.b.R","fields":[{"name":"x","type":{"type":"string"},"default":""}]}';
    const other = `{ "namespace": "a.b", "fields": [ { "default": "", "type": "string", "name": "x" } ], "name": "R", "type": "record" }`;
    expect(text(one)).toBe(text(other));
    expect(text(one)).toBe(
      '{"type":"record","name":"R","namespace":"a.b","fields":[{"name":"x","type":"string","default":""}]}',
    );
  });

  it('keeps all that has a meaning: documentation, defaults with every digit, aliases, logical types, properties', () => {
    const schema =
      '{"type":"record","name":"R","doc":"what it is","fields":[{"name":"n","type":"long","doc":"a number","default":9007199254740993,"aliases":["m"],"pii":true},{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"f","type":"double","default":1.50e3}],"owner":"team","aliases":["Q"]}';
    expect(text(schema)).toBe(schema);
  });

  it('has properties in order only when it is normalized', () => {
    const [one, other] = ['{"type":"string","b":{"y":1,"x":2},"a":1}', '{"type":"string","a":1,"b":{"x":2,"y":1}}'];
    expect(text(one)).not.toBe(text(other));
    expect(text(one, true)).toBe(text(other, true));
  });

  it('reads as itself', () => {
    const schema =
      '{"type":"record","name":"R","namespace":"n","fields":[{"name":"e","type":{"type":"enum","name":"E","namespace":"m","symbols":["A"],"default":"A"}},{"name":"again","type":["null","m.E"],"default":null}]}';
    expect(text(text(schema))).toBe(text(schema));
  });

  it('names the types of referenced schemas, and does not repeat them', () => {
    const money = '{"type":"record","name":"shop.Money","fields":[{"name":"cents","type":"long"}]}';
    const schema = '{"type":"record","name":"shop.Order","fields":[{"name":"total","type":"Money"}]}';
    expect(schemaText(parseAvroSchema(schema, [money]))).toBe(
      '{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"total","type":"Money"}]}',
    );
  });
});
