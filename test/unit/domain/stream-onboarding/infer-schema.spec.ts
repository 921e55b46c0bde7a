import { describe, expect, it } from 'vitest';
import { inferSchema } from '../../../../src/domain/stream-onboarding/infer-schema.js';
import type { InferredSchema } from '../../../../src/domain/stream-onboarding/inferred-schema.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const inferred = (...events: string[]): InferredSchema => inferSchema(events.map(bytes));
const typeOf = (...values: string[]): string | undefined =>
  inferred(...values.map((value) => `{"v":${value}}`)).columns[0]?.type;

describe('inferSchema', () => {
  it("answers the document's example as written", () => {
    const event =
      '{"event_timestamp":1,"event_type":"purchase","page_url":"https://www.example.com/","product_id":84,' +
      '"session_id":"af29b7b3-b1a4-4562-84ae-3447b1b2bcd8","user_id":426}';
    const { columns, proposedOrderBy } = inferred(event);
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['event_timestamp', 'Nullable(Int64)'],
      ['event_type', 'Nullable(String)'],
      ['page_url', 'Nullable(String)'],
      ['product_id', 'Nullable(Int64)'],
      ['session_id', 'Nullable(String)'],
      ['user_id', 'Nullable(Int64)'],
    ]);
    expect(proposedOrderBy).toEqual([]);
  });

  // The table of docs/schema-inference.md, row by row.
  it.each([
    ['whole numbers', ['1', '-7', '-0', '9007199254740991'], 'Nullable(Int64)'],
    ['integers up to Int64', ['9223372036854775807', '-9223372036854775808'], 'Nullable(Int64)'],
    ['integers up to UInt64', ['0', '18446744073709551615'], 'Nullable(UInt64)'],
    ['… with a negative one among them', ['-1', '18446744073709551615'], 'Nullable(Int128)'],
    ['… with a negative zero, which no unsigned type reads', ['-0', '18446744073709551615'], 'Nullable(Int128)'],
    ['integers up to Int128', ['170141183460469231731687303715884105727'], 'Nullable(Int128)'],
    ['integers up to Int256', ['170141183460469231731687303715884105728'], 'Nullable(Int256)'],
    ['integers up to UInt256', [`${2n ** 256n - 1n}`], 'Nullable(UInt256)'],
    ['integers beyond', [`${2n ** 256n}`], 'Nullable(String)'],
    ['floats', ['1.5', '1.0', '1e3', '5e-324'], 'Nullable(Float64)'],
    ['integers and floats', ['1', '1.5'], 'Nullable(Float64)'],
    ['integers beyond 2^53 and floats', ['9007199254740993', '1.5'], 'Nullable(String)'],
    ['more digits than a double keeps', ['0.123456789012345678'], 'Nullable(String)'],
    ['numbers outside a double', ['1e400'], 'Nullable(String)'],
    ['numbers that a double makes 0', ['1e-400'], 'Nullable(String)'],
    ['booleans', ['true', 'false'], 'Nullable(Bool)'],
    ['booleans and numbers', ['true', '1'], 'Nullable(String)'],
    ['texts', ['"a"', '""'], 'Nullable(String)'],
    ['strings of digits', ['"12"', '"34"'], 'Nullable(String)'],
    ['leading zeros', ['"007"', '"012"'], 'Nullable(String)'],
    ['numbers and strings', ['1', '"1"'], 'Nullable(String)'],
    ['UUIDs', ['"af29b7b3-b1a4-4562-84ae-3447b1b2bcd8"'], 'Nullable(String)'],
    ['addresses', ['"127.0.0.1"', '"::1"'], 'Nullable(String)'],
    ['dates', ['"2024-02-29"', '"1900-01-01"', '"2299-12-31"'], 'Nullable(Date32)'],
    ['a date among texts', ['"2024-02-29"', '"soon"'], 'Nullable(String)'],
    ['a date and a dash', ['"2024-02-29"', '"-"'], 'Nullable(String)'],
    ['a date and an empty string', ['"2024-02-29"', '""'], 'Nullable(String)'],
    ['days that do not exist', ['"2023-02-29"'], 'Nullable(String)'],
    ['months that do not exist', ['"2024-13-01"'], 'Nullable(String)'],
    ['dates before 1900', ['"1899-12-31"'], 'Nullable(String)'],
    ['short dates', ['"2024-1-2"'], 'Nullable(String)'],
    ['timestamps', ['"2024-01-02T03:04:05Z"', '"2024-01-02T03:04:05.123+02:00"'], "Nullable(DateTime64(3, 'UTC'))"],
    ['timestamps of microseconds', ['"2024-01-02T03:04:05.1234Z"'], "Nullable(DateTime64(6, 'UTC'))"],
    ['timestamps of nanoseconds', ['"2024-01-02T03:04:05.123456789Z"'], "Nullable(DateTime64(9, 'UTC'))"],
    ['… too late for them', ['"2262-01-02T03:04:05.123456789Z"'], 'Nullable(String)'],
    ['timestamps without zone', ['"2024-01-02 03:04:05"', '"2024-01-02T03:04:05.5"'], "Nullable(DateTime64(3, 'UTC'))"],
    ['timestamps with and without zone', ['"2024-01-02 03:04:05"', '"2024-01-02T03:04:05Z"'], 'Nullable(String)'],
    ['timestamps and dates', ['"2024-01-02"', '"2024-01-02T03:04:05Z"'], 'Nullable(String)'],
    ['a 24th hour', ['"2024-01-02T24:00:00Z"'], 'Nullable(String)'],
    ['a leap second', ['"2016-12-31T23:59:60Z"'], 'Nullable(String)'],
    ['times of the epoch', ['1700000000', '1700000000123'], 'Nullable(Int64)'],
    ['objects', ['{"a":1}', '{"a":"x","b":{"c":[]}}', '{}'], 'Nullable(JSON)'],
    ['objects with integers beyond 64 bits', ['{"a":18446744073709551616}'], 'Nullable(String)'],
    ['objects with dots in names', ['{"a.b":1}'], 'Nullable(String)'],
    ['objects with a name twice', ['{"a":1,"a":2}'], 'Nullable(String)'],
    ['objects and texts', ['{"a":1}', '"x"'], 'Nullable(String)'],
    ['arrays', ['[1]', '[2,null]', '[]'], 'Array(Nullable(Int64))'],
    ['arrays of mixed items', ['[1]', '["x"]'], 'Array(Nullable(String))'],
    ['empty arrays', ['[]'], 'Array(Nullable(String))'],
    ['arrays of arrays', ['[[1.5],[]]'], 'Array(Array(Nullable(Float64)))'],
    ['arrays of arrays and nulls', ['[[1],null]'], 'Array(Nullable(String))'],
    ['arrays of objects', ['[{"a":1},{}]'], 'Array(JSON)'],
    ['arrays of objects and nulls', ['[{"a":1},null]'], 'Array(Nullable(String))'],
    ['arrays in arrays in arrays in arrays', ['[[[[1]]]]'], 'Array(Array(Array(Nullable(String))))'],
    ['arrays and objects', ['[1]', '{"a":1}'], 'Nullable(String)'],
    ['nothing but null', ['null', 'null'], 'Nullable(String)'],
  ])('%s: %j become %s', (_, values, type) => {
    expect(typeOf(...values)).toBe(type);
    expect(typeOf('null', ...values.toReversed())).toBe(type);
  });

  it('shows the evidence of a column: kinds, nulls, events without it, lengths', () => {
    const { columns, events } = inferred('{"v":"007"}', '{"v":"12"}', '{"v":3}', '{"v":null}', '{"w":[1,"x"]}');
    expect(events).toBe(5);
    expect(columns.map(({ evidence }) => evidence)).toEqual([
      {
        seen: 4,
        null: 1,
        missing: 1,
        kinds: { 'leading-zero string': 1, 'digits string': 1, int: 1 },
        distinct: 3,
        length: { min: 2, max: 3 },
      },
      { seen: 1, null: 0, missing: 4, kinds: { array: 1 }, itemKinds: { int: 1, text: 1 } },
    ]);
  });

  it('counts what it cannot read, and goes on', () => {
    const { columns, events, unreadable } = inferSchema([
      bytes('{"a":1}'),
      bytes('{"a":1'),
      bytes(''),
      bytes('[1]'),
      bytes('"text"'),
      bytes('{"a":1,"a":2}'),
      bytes('{"a":"\\ud800"}'),
      Buffer.from([0x7b, 0xff, 0x7d]),
      bytes(`{"a":"${'x'.repeat(1_048_576)}"}`),
      bytes(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`),
    ]);
    expect(columns.map(({ type }) => type)).toEqual(['Nullable(Int64)']);
    expect(events).toBe(1);
    expect(unreadable).toEqual({
      'too-large': 1,
      'not-utf8': 1,
      'not-json': 4,
      'not-an-object': 2,
      'repeated-field': 1,
    });
  });

  it('answers an empty schema when there is nothing to read', () => {
    expect(inferSchema([])).toMatchObject({ columns: [], proposedOrderBy: [], events: 0 });
  });

  it('leaves out fields that no column can be named after, and says which', () => {
    const { columns, leftOut } = inferred('{"":1,"a\\nb":2,"ok":3,"_row_exists":4,"constructor":5,"__proto__":6}');
    expect(columns.map(({ name }) => name)).toEqual(['ok', 'constructor', '__proto__']);
    expect(leftOut).toEqual(['', 'a\nb', '_row_exists']);
  });

  it('makes at most 1000 columns', () => {
    const fields = Array.from({ length: 1100 }, (_, index) => `"c${index}":1`);
    const { columns, leftOut } = inferred(`{${fields.join(',')}}`);
    expect(columns).toHaveLength(1000);
    expect(leftOut[0]).toBe('c1000');
    expect(leftOut).toHaveLength(20);
  });

  it('keeps arrays under dotted names as text, because ClickHouse would tie their lengths together', () => {
    expect(inferred('{"a.b":[1],"a.c":[1,2],"a.d":5}').columns.map(({ type }) => type)).toEqual([
      'Nullable(String)',
      'Nullable(String)',
      'Nullable(Int64)',
    ]);
  });
});

describe('the proposed sort key', () => {
  const page = (index: number): string =>
    JSON.stringify({
      id: index,
      kind: ['view', 'click'][index % 2],
      country: ['de', 'fr', 'it'][index % 3],
      constant: 'x',
      sometimes: index === 7 ? null : 'a',
      at: new Date(1_700_000_000_000 + index).toISOString(),
      ...(index !== 3 && { mostly: index % 2 }),
    });
  const sample = (count: number): InferredSchema =>
    inferred(...Array.from({ length: count }, (_, index) => page(index)));

  it('is what groups the events, the coarsest first, and then their time, none of them Nullable', () => {
    const { columns, proposedOrderBy } = sample(24);
    expect(proposedOrderBy).toEqual(['kind', 'country', 'at']);
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id Nullable(Int64)',
      'kind String',
      'country String',
      'constant Nullable(String)',
      'sometimes Nullable(String)',
      "at DateTime64(3, 'UTC')",
      'mostly Nullable(Int64)',
    ]);
  });

  it('says in the evidence why its columns are not Nullable', () => {
    const notes = sample(24).columns.map(({ name, evidence }) => [name, evidence.note !== undefined]);
    expect(Object.fromEntries(notes)).toMatchObject({
      kind: true,
      country: true,
      at: true,
      id: false,
      constant: false,
    });
  });

  it('is empty as long as the events are too few to promise anything', () => {
    const { columns, proposedOrderBy } = sample(19);
    expect(proposedOrderBy).toEqual([]);
    expect(columns.every(({ type }) => type.startsWith('Nullable('))).toBe(true);
  });

  it('takes a number as time when its name says so, and no time type is there', () => {
    const events = Array.from({ length: 20 }, (_, index) =>
      JSON.stringify({ user: index, event_timestamp: 1_700_000_000 + index }),
    );
    expect(inferred(...events).proposedOrderBy).toEqual(['event_timestamp']);
  });
});
