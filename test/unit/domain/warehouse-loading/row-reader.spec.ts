import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMN_READERS, isMisfit } from '../../../../src/domain/warehouse-loading/column-reader.js';
import { type ColumnType, DWH_TABLES, dwhTable } from '../../../../src/domain/warehouse-loading/dwh-tables.js';
import { canonicalJson } from '../../../../src/domain/warehouse-loading/json-value.js';
import { RowReader } from '../../../../src/domain/warehouse-loading/row-reader.js';
import { tabSeparated } from '../../../../src/domain/warehouse-loading/tab-separated.js';
import { timestampText } from '../../../../src/domain/warehouse-loading/timestamp-text.js';

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('a value', () => {
  it.each<[ColumnType, unknown, string]>([
    ['text', '', ''],
    ['text', 7, '7'],
    ['text', true, 'true'],
    ['text', 'a\u{1F600}', 'a\u{1F600}'],
    ['integer', -2_147_483_648, '-2147483648'],
    ['integer', '2147483647', '2147483647'],
    ['integer', -0, '0'],
    ['bigint', '-9223372036854775808', '-9223372036854775808'],
    ['bigint', 9_007_199_254_740_991, '9007199254740991'],
    ['float', 1e21, '1e+21'],
    ['float', -0, '-0'],
    ['float', '1.50', '1.5'],
    ['boolean', false, 'false'],
    ['boolean', 'true', 'true'],
    ['json', 'text', '"text"'],
    ['json', { a: [1, null] }, '{"a":[1,null]}'],
    ['json', 1e300, '1e+300'],
    ['timestamp', '2024-02-29', '2024-02-29T00:00:00.000000Z'],
  ])('of %s is read: %j', (type, value, text) => {
    expect(COLUMN_READERS[type](value)).toBe(text);
  });

  it.each<[ColumnType, unknown]>([
    ['text', 1.5],
    ['text', {}],
    ['text', 'a\0'],
    ['text', '\ud800'],
    ['integer', 2_147_483_648],
    ['integer', '-2147483649'],
    ['integer', 1.5],
    ['integer', '1.0'],
    ['integer', '007'],
    ['integer', ' 1'],
    ['integer', ''],
    ['integer', true],
    ['bigint', 9_007_199_254_740_992],
    ['bigint', '9223372036854775808'],
    ['bigint', '-0'],
    ['bigint', '99999999999999999999'],
    ['float', Number.POSITIVE_INFINITY],
    ['float', 'NaN'],
    ['float', '1e999'],
    ['float', '0x10'],
    ['float', ''],
    ['boolean', 1],
    ['boolean', 'yes'],
    ['json', { a: 'x\0' }],
    ['json', { 'a\0': 1 }],
    ['json', [2 ** 53]],
    ['json', [Number.POSITIVE_INFINITY]],
    ['json', nested(300)],
    ['timestamp', 1_704_067_200_000],
    ['timestamp', '1704067200'],
    ['timestamp', 'yesterday'],
  ])('of %s is refused: %j', (type, value) => {
    const read = COLUMN_READERS[type](value);
    expect(isMisfit(read)).toBe(true);
  });

  it('that is whole and too large is told to be, however long its text is', () => {
    for (const text of ['9223372036854775808', '99999999999999999999', `-${'9'.repeat(100_000)}`]) {
      expect(COLUMN_READERS.bigint(text)).toEqual({ misfit: 'must be a whole number of 64 bits, and is larger' });
    }
  });

  it('of JSON has the same canonical text whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shuffled: unknown = JSON.parse(JSON.stringify(value), (_name, each: unknown) =>
          typeof each === 'object' && each !== null && !Array.isArray(each)
            ? Object.fromEntries(Object.entries(each).reverse())
            : each,
        );
        expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('timestampText', () => {
  it.each([
    ['2024-01-01 00:00:00.000000', '2024-01-01T00:00:00.000000Z'],
    ['2024-01-01T10:20Z', '2024-01-01T10:20:00.000000Z'],
    ['2024-01-01t10:20:30.5z', '2024-01-01T10:20:30.500000Z'],
    ['2024-01-01T00:30:00.123456+01:00', '2023-12-31T23:30:00.123456Z'],
    ['2024-12-31 23:30:00 -0100', '2025-01-01T00:30:00.000000Z'],
    ['2024-01-01T00:00:00.123456000Z', '2024-01-01T00:00:00.123456Z'],
    ['2024-01-01T00:00:00,5+05', '2023-12-31T19:00:00.500000Z'],
    ['2299-12-31T23:59:59.999999Z', '2299-12-31T23:59:59.999999Z'],
    ['1900-01-01T00:00:00.001Z', '1900-01-01T00:00:00.001000Z'],
  ])('reads %s', (text, expected) => {
    expect(timestampText(text)).toBe(expected);
  });

  it.each([
    '2023-02-29',
    '2023-02-29T00:00:00.000Z',
    '2024-13-01T00:00:00.000Z',
    '1899-12-31T23:59:59.999Z',
    '2300-01-01T00:00:00.000Z',
    '2024-13-01',
    '2024-00-01',
    '2024-01-00',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01T00:00:00.1234567Z',
    '2024-01-01T10:00.5',
    '2024-01-01 10:00,5Z',
    '2024-01-01T00:00:00+16:00',
    '1899-12-31T23:59:59Z',
    '1900-01-01T00:00:00+01:00',
    '2300-01-01',
    '2299-12-31T23:59:59-01:00',
    '24-01-01',
    '2024-1-1',
    '2024-01-01T00:00:00Z trailing',
    '',
  ])('refuses %j', (text) => {
    expect(timestampText(text)).toBeUndefined();
  });

  it('agrees with Date on every moment and zone', () => {
    const date = fc.date({ min: new Date('1900-01-02Z'), max: new Date('2299-12-30Z'), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.integer({ min: -14 * 60, max: 14 * 60 }), (moment, offset) => {
        const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const zone = `${offset < 0 ? '-' : '+'}${String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0')}:${String(Math.abs(offset) % 60).padStart(2, '0')}`;
        for (const text of [local + zone, moment.toISOString()])
          expect(timestampText(text)).toBe(moment.toISOString().replace('Z', '000Z'));
      }),
    );
  });
});

describe('RowReader', () => {
  const reader = new RowReader(dwhTable('user-locations'));

  it('gives a text or null for each column, in the order of the table', () => {
    expect(reader.read({ region: 'r', uuid: 'u', location_lat: 1.5, city: null })).toEqual([
      'u',
      '1.5',
      null,
      null,
      null,
      null,
      'r',
    ]);
  });

  it('tells everything that is wrong with a row, and never its values', () => {
    const read = reader.read({ city: ['hunter2'], town: 'hunter2', location_lat: 'hunter2', id: 1 });
    expect(read).toMatchObject({
      faults: [{ path: 'town' }, { path: 'id' }, { path: 'uuid' }, { path: 'location_lat' }, { path: 'city' }],
    });
    expect(JSON.stringify(read)).not.toContain('hunter2');
  });

  it.each([null, 1, 'x', [], true])('refuses %j, which is no object', (row) => {
    expect(reader.read(row)).toMatchObject({ faults: [{ path: '' }] });
  });

  it('refuses keys that no index could hold, and names that reach for prototypes', () => {
    expect(reader.read({ uuid: 'é'.repeat(1001) })).toMatchObject({ faults: [{ path: 'uuid' }] });
    expect(reader.read({ uuid: 'é'.repeat(1000) })).toHaveLength(7);
    expect(reader.read(JSON.parse('{"uuid":"u","__proto__":{"city":"x"}}'))).toMatchObject({
      faults: [{ path: '__proto__' }],
    });
    expect(reader.read({ uuid: 'u', ['x'.repeat(1000)]: 1 })).toMatchObject({
      faults: [{ path: `${'x'.repeat(100)}…` }],
    });
  });
});

it('writes lines that are read back as the row', () => {
  const unescape: Record<string, string> = { '\\\\': '\\', '\\t': '\t', '\\n': '\n', '\\r': '\r' };
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.string({ unit: fc.constantFrom('a', '\t', '\n', '\r', '\\', 'N') })), { minLength: 1 }),
      (row) => {
        const cells = tabSeparated(row)
          .split('\t')
          .map((cell) => (cell === '\\N' ? null : cell.replaceAll(/\\./g, (pair) => unescape[pair]!)));
        expect(cells).toEqual(row);
      },
    ),
  );
});

it('has names that no parameter of the routes takes away', () => {
  const taken = new Set(['pk', 'limit', 'sort_by', 'sort_dir', 'cursor', 'engine', 'id']);
  for (const { columns } of DWH_TABLES) expect(columns.filter(({ name }) => taken.has(name))).toEqual([]);
});
