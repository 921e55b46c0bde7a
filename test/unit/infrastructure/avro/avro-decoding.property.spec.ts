import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SchemaRegistry } from '../../../../src/domain/ports/schema-registry.port.js';
import { AvroEventCodec } from '../../../../src/infrastructure/avro/avro-event-codec.js';
import { MemoryRegistry } from '../../../support/memory-registry.js';

/** avsc with every digit of a long, as a text. */
// oxlint-disable-next-line no-underscore-dangle -- as avsc calls it
const longs = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : Number(a > b)),
});

function avscType(schema: object): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { registry: { long: longs }, wrapUnions: 'always' });
}

async function lineOf(schema: object, data: Buffer, reader: object = schema): Promise<string> {
  const registry: SchemaRegistry = new MemoryRegistry();
  const { id } = await registry.register('s', JSON.stringify(schema));
  const record = { data: Buffer.concat([Buffer.from([0, 0, 0, 0, id]), data]) };
  const decoder = new AvroEventCodec(registry).decoder(JSON.stringify(reader));
  await decoder.prepare([record]);
  const line = decoder.decode(record);
  return line instanceof Uint8Array ? Buffer.from(line).toString('utf8') : line.code;
}

const record = (fields: object[]): object => ({ type: 'record', name: 'R', fields });

describe('decoding', () => {
  it('writes what was written: texts of any characters, longs with every digit, doubles to the last bit', async () => {
    const schema = record([
      { name: 't', type: 'string' },
      { name: 'l', type: 'long' },
      { name: 'd', type: 'double' },
      { name: 'f', type: 'float' },
      { name: 'i', type: 'int' },
      { name: 'b', type: 'boolean' },
    ]);
    const type = avscType(schema);
    const values = fc.record({
      t: fc.string({ unit: 'grapheme', maxLength: 60 }),
      l: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -70_000n, max: 70_000n })),
      d: fc.double({ noNaN: true, noDefaultInfinity: true }),
      f: fc.float({ noNaN: true, noDefaultInfinity: true }),
      i: fc.integer(),
      b: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const line = await lineOf(schema, type.toBuffer(value));
        expect(/"l":(-?\d+)/.exec(line.slice(line.lastIndexOf('"l":')))?.[1]).toBe(String(value.l));
        const read = JSON.parse(line) as typeof value;
        expect(read).toMatchObject({ t: value.t, i: value.i, b: value.b });
        expect([read.d + 0, read.f + 0]).toEqual([value.d + 0, value.f + 0]);
      }),
      { numRuns: 300 },
    );
  });

  it('reads arrays, maps, enums, fixed, unions and records in records', async () => {
    const schema = record([
      { name: 'a', type: { type: 'array', items: ['null', 'string'] } },
      { name: 'm', type: { type: 'map', values: { type: 'array', items: 'int' } } },
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['X', 'Y'] } },
      { name: 'x', type: { type: 'fixed', name: 'F', size: 3 } },
      { name: 'n', type: ['null', { type: 'record', name: 'N', fields: [{ name: 'next', type: ['null', 'N'] }] }] },
    ]);
    const value = {
      a: [null, { string: 'one' }],
      m: { k: [1, -2], empty: [] },
      e: 'Y',
      x: Buffer.from('abc'),
      n: { N: { next: { N: { next: null } } } },
    };
    expect(JSON.parse(await lineOf(schema, avscType(schema).toBuffer(value)))).toEqual({
      a: [null, 'one'],
      m: { k: [1, -2], empty: [] },
      e: 'Y',
      x: 'abc',
      n: { next: { next: null } },
    });
  });

  it('resolves: promoted types, fields that went, came and were renamed, enums with a default', async () => {
    const writer = record([
      { name: 'gone', type: { type: 'map', values: 'string' } },
      { name: 'count', type: 'int' },
      { name: 'old', type: ['null', 'string'] },
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['X', 'Y'] } },
    ]);
    const reader = record([
      { name: 'added', type: 'long', default: 0 },
      { name: 'nested', type: { type: 'map', values: 'double' }, default: { a: 1.5 } },
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['X', 'OTHER'], default: 'OTHER' } },
      { name: 'fresh', aliases: ['old'], type: ['null', 'string'] },
      { name: 'count', type: ['null', 'double'] },
    ]);
    const data = avscType(writer).toBuffer({ gone: { a: 'b' }, count: 7, old: { string: 'x' }, e: 'Y' });
    expect(JSON.parse(await lineOf(writer, data, reader))).toEqual({
      added: 0,
      nested: { a: 1.5 },
      e: 'OTHER',
      fresh: 'x',
      count: 7,
    });
  });

  it('writes numbers that JSON has none of as ClickHouse reads them', async () => {
    const schema = record([{ name: 'd', type: { type: 'array', items: 'double' } }]);
    const data = avscType(schema).toBuffer({ d: [Number.NaN, Infinity, -Infinity, 1e21] });
    expect(await lineOf(schema, data)).toBe('{"d":["nan","inf","-inf",1e+21]}');
  });

  it('never takes bytes for something they are not, nor waits for what takes no bytes', async () => {
    const schema = record([
      { name: 't', type: 'string' },
      { name: 'a', type: { type: 'array', items: 'null' } },
    ]);
    const text = Buffer.from([4, 0xc3, 0x28]);
    expect(await lineOf(schema, Buffer.concat([text, Buffer.from([0])]))).toBe('record.not-avro');
    const endless = Buffer.from([0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    expect(await lineOf(schema, endless)).toBe('record.not-avro');
    expect(await lineOf(schema, endless, record([{ name: 't', type: 'string' }]))).toBe('record.not-avro');
    const line = await lineOf(schema, Buffer.from([1, 0]));
    expect(line).toBe('record.not-avro');
  });

  it('survives any bytes', async () => {
    const schema = record([
      { name: 'u', type: ['null', 'string', { type: 'array', items: 'long' }] },
      { name: 'r', type: ['null', 'R'] },
    ]);
    const registry = new MemoryRegistry();
    const { id } = await registry.register('s', JSON.stringify(schema));
    const decoder = new AvroEventCodec(registry).decoder(JSON.stringify(schema));
    await decoder.prepare([{ data: Buffer.from([0, 0, 0, 0, id]) }]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const line = decoder.decode({ data: Buffer.concat([Buffer.from([0, 0, 0, 0, id]), bytes]) });
        if (line instanceof Uint8Array) JSON.parse(Buffer.from(line).toString('utf8'));
        else expect(line.code).toBe('record.not-avro');
      }),
      { numRuns: 2000 },
    );
    const deep = Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.alloc(100_000).fill(Buffer.from([0, 2]))]);
    expect(decoder.decode({ data: deep })).toMatchObject({ code: 'record.not-avro' });
  });

  it('asks the registry once for each schema, again for one that was unknown', async () => {
    const registry = new MemoryRegistry();
    const schema = JSON.stringify(record([{ name: 'i', type: 'int' }]));
    const decoder = new AvroEventCodec(registry).decoder(schema);
    const data = Buffer.from([0, 0, 0, 0, 1, 2]);
    await decoder.prepare([{ data }, { data }]);
    expect(decoder.decode({ data })).toMatchObject({ code: 'record.unknown-schema' });
    await registry.register('s', schema);
    await decoder.prepare([{ data }]);
    await decoder.prepare([{ data }]);
    expect(Buffer.from(decoder.decode({ data }) as Uint8Array).toString()).toBe('{"i":1}');
    expect(registry.asked).toEqual([1, 1]);
  });
});
