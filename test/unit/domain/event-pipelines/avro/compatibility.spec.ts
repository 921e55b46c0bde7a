import { describe, expect, it } from 'vitest';
import {
  compatibilityMessages,
  type CompatibilityLevel,
  versionsToCheck,
} from '../../../../../src/domain/event-pipelines/avro/compatibility.js';
import { incompatibilities } from '../../../../../src/domain/event-pipelines/avro/incompatibilities.js';
import { parseAvroSchema } from '../../../../../src/domain/event-pipelines/avro/parse-avro-schema.js';

const found = (reader: unknown, writer: unknown): string[] =>
  incompatibilities(parseAvroSchema(JSON.stringify(reader)), parseAvroSchema(JSON.stringify(writer))).map(
    ({ type, path }) => `${type} ${path}`,
  );
const record = (...fields: object[]): object => ({ type: 'record', name: 'n.R', fields });

describe('incompatibilities', () => {
  it.each([
    ['long', 'int'],
    ['double', 'long'],
    ['bytes', 'string'],
    ['string', 'bytes'],
    [['null', 'double'], 'float'],
    ['int', ['int']],
    [
      { type: 'array', items: 'long' },
      { type: 'array', items: 'int' },
    ],
    [
      { type: 'map', values: ['null', 'int'] },
      { type: 'map', values: 'int' },
    ],
    [
      { type: 'enum', name: 'E', symbols: ['A'], default: 'A' },
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
    ],
    [{ type: 'record', name: 'other.R', fields: [] }, record({ name: 'gone', type: 'int' })],
    [{ type: 'record', name: 'New', aliases: ['n.R'], fields: [] }, record()],
    [record({ name: 'b', aliases: ['a'], type: 'int' }), record({ name: 'a', type: 'int' })],
    [record({ name: 'next', type: ['null', 'R'] }), record({ name: 'next', type: ['null', 'R'] })],
  ])('has none where %j reads %j', (reader, writer) => {
    expect(found(reader, writer)).toEqual([]);
  });

  it.each([
    ['int', 'long', ['TYPE_MISMATCH ']],
    ['int', ['int', 'null'], ['TYPE_MISMATCH ']],
    [['null', 'int'], 'string', ['MISSING_UNION_BRANCH ']],
    [{ type: 'fixed', name: 'F', size: 1 }, { type: 'fixed', name: 'F', size: 2 }, ['FIXED_SIZE_MISMATCH /size']],
    [
      { type: 'enum', name: 'E', symbols: ['A'] },
      { type: 'enum', name: 'E', symbols: ['B'] },
      ['MISSING_ENUM_SYMBOLS /symbols'],
    ],
    [{ type: 'record', name: 'Q', fields: [] }, record(), ['NAME_MISMATCH /name']],
    [
      record({ name: 'a', type: 'int' }, { name: 'b', type: { type: 'array', items: 'int' } }),
      record({ name: 'b', type: { type: 'array', items: 'string' } }),
      ['READER_FIELD_MISSING_DEFAULT_VALUE /fields/0', 'TYPE_MISMATCH /fields/1/type/items'],
    ],
  ])('where %j reads %j are %j', (reader, writer, expected) => {
    expect(found(reader, writer)).toEqual(expected);
  });

  it('comes to an end with unions of records in unions of records', () => {
    let type: unknown = 'int';
    let other: unknown = 'string';
    for (let n = 0; n < 15; n += 1) {
      const union = (inner: unknown): unknown =>
        ['a', 'b', 'c'].map((namespace) => ({
          type: 'record',
          name: `${namespace}.R${n}`,
          fields: [{ name: 'f', type: namespace === 'a' ? inner : 'null' }],
        }));
      [type, other] = [union(type), union(other)];
    }
    const outcome = (): string[] => {
      try {
        return found(type, other);
      } catch (error) {
        return [(error as { code: string }).code];
      }
    };
    expect(outcome()).toHaveLength(1);
  });
});

describe('compatibility levels', () => {
  const [narrow, wide] = ['"int"', '"long"'].map((text) => parseAvroSchema(text)) as [
    ReturnType<typeof parseAvroSchema>,
    ReturnType<typeof parseAvroSchema>,
  ];
  const isCompatible = (level: CompatibilityLevel, candidate: typeof narrow, earlier: typeof narrow): boolean =>
    compatibilityMessages(level, candidate, [{ version: 3, schema: earlier }]).length === 0;

  it('tell who has to read whom', () => {
    expect(isCompatible('BACKWARD', wide, narrow)).toBe(true);
    expect(isCompatible('BACKWARD', narrow, wide)).toBe(false);
    expect(isCompatible('FORWARD', narrow, wide)).toBe(true);
    expect(isCompatible('FORWARD_TRANSITIVE', wide, narrow)).toBe(false);
    expect(isCompatible('FULL', wide, narrow)).toBe(false);
    expect(isCompatible('FULL_TRANSITIVE', wide, wide)).toBe(true);
    expect(isCompatible('NONE', narrow, wide)).toBe(true);
  });

  it('tell which versions count', () => {
    expect(versionsToCheck('BACKWARD', [3, 2, 1])).toEqual([3]);
    expect(versionsToCheck('BACKWARD_TRANSITIVE', [3, 2, 1])).toEqual([3, 2, 1]);
    expect(versionsToCheck('NONE', [3, 2, 1])).toEqual([]);
  });

  it('say what does not fit, where, and with which version', () => {
    expect(compatibilityMessages('BACKWARD', narrow, [{ version: 3, schema: wide }])).toEqual([
      'TYPE_MISMATCH at /: long in the data is not read as int; the new schema cannot read data of version 3',
    ]);
  });
});
