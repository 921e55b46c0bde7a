import { describe, expect, it } from 'vitest';
import { parseAvroSchema } from '../../../../../src/domain/event-pipelines/avro/parse-avro-schema.js';

const record = (...fields: string[]): string => `{"type":"record","name":"R","fields":[${fields.join(',')}]}`;
const field = (type: string, more = ''): string => `{"name":"f","type":${type}${more}}`;

describe('parseAvroSchema', () => {
  it.each([
    ['what is not JSON', '{"type":', '/'],
    ['a type that is not defined', record(field('"Other"')), '/fields/0/type'],
    ['a name with a hyphen', '{"type":"record","name":"a-b","fields":[]}', '/'],
    ['a namespace with an empty part', '{"type":"record","name":"R","namespace":"a..b","fields":[]}', '/'],
    ['a name that begins with a digit', record('{"name":"1st","type":"int"}'), '/fields/0'],
    ['a record without fields', '{"type":"record","name":"R"}', '/'],
    ['a second field of a name', record(field('"int"'), field('"long"')), '/fields/1'],
    ['a type defined twice', record(field('{"type":"fixed","name":"R","size":1}')), '/fields/0/type'],
    ['a union of nothing', '[]', '/'],
    ['a union in a union', '["null",["int"]]', '/'],
    ['a union with a type twice', '["int","int"]', '/'],
    ['an enum with a symbol twice', '{"type":"enum","name":"E","symbols":["A","A"]}', '/symbols'],
    ['an enum whose default is no symbol', '{"type":"enum","name":"E","symbols":["A"],"default":"B"}', '/default'],
    ['a fixed without a size', '{"type":"fixed","name":"F"}', '/size'],
    ['a fixed of half a byte', '{"type":"fixed","name":"F","size":0.5}', '/size'],
    ['an array of nothing', '{"type":"array"}', '/items'],
    ['a default of another type', record(field('"int"', ',"default":"one"')), '/fields/0/default'],
    ['a default that is too large', record(field('"int"', ',"default":2147483648')), '/fields/0/default'],
    ['a default that no branch takes', record(field('["null","int"]', ',"default":"x"')), '/fields/0/default'],
    ['aliases that are no names', '{"type":"record","name":"R","aliases":["a b"],"fields":[]}', '/aliases'],
    ['a number', '7', '/'],
  ])('refuses %s', (_what, schema, path) => {
    const faults = path === '/' ? expect.anything() : [expect.objectContaining({ path })];
    expect(() => parseAvroSchema(schema)).toThrow(expect.objectContaining({ code: 'schema.invalid', faults }));
  });

  it.each([
    '"string"',
    'string',
    record(field('"long"', ',"default":9223372036854775807')),
    record(field('["int","null"]', ',"default":null')),
    record(field('"double"', ',"default":"NaN"')),
    record(field('{"type":"map","values":"int"}', ',"default":{"a":1}')),
    record(field('["null",{"type":"array","items":"R"}]')),
    record(field('{"type":{"type":"string"}}')),
    record(field('{"type":"string","logicalType":"whatever"}')),
  ])('takes %s', (schema) => {
    expect(() => parseAvroSchema(schema)).not.toThrow();
  });

  it('gives up on nesting and size that no schema needs', () => {
    const deep = `${'{"type":"array","items":'.repeat(100)}"int"${'}'.repeat(100)}`;
    const large = record(...Array.from({ length: 10_001 }, (_, n) => `{"name":"f${n}","type":"int"}`));
    for (const schema of [deep, large, `"${'x'.repeat(1_000_001)}"`]) {
      expect(() => parseAvroSchema(schema)).toThrow(expect.objectContaining({ code: 'schema.invalid' }));
    }
  });
});
