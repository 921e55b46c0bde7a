import { describe, expect, it } from 'vitest';
import { frameRecord } from '../../../../src/domain/stream-onboarding/frame-record.js';
import { TopNames } from '../../../../src/domain/stream-onboarding/top-names.js';
import { valueGuard } from '../../../../src/domain/stream-onboarding/value-guard.js';
import type { Column } from '../../../../src/domain/shared/column.js';
import { clickHouseInProcess } from '../../../support/clickhouse-in-process.js';

const engine = clickHouseInProcess();
const strings = new TopNames();

/** Hands the records to one guard, in order. */
function guarded(columns: readonly Column[], ...records: readonly string[]) {
  const guard = valueGuard(columns);
  return records.map((record) => {
    const data = Buffer.from(record);
    const frame = frameRecord(data, strings);
    if (typeof frame === 'string') throw new Error(frame);
    return guard?.(data, frame, strings);
  });
}

const verdict = (type: string, value: string) => guarded([{ name: 'v', type }], `{"v":${value}}`)[0]?.reason;

describe('the guard of a table', () => {
  it('is none where every column keeps every value', () => {
    const types = ['String', 'LowCardinality(Nullable(String))', 'Bool', 'UUID', 'JSON', 'Array(Nullable(String))'];
    expect(valueGuard(types.map((type, index) => ({ name: `c${index}`, type })))).toBeUndefined();
  });

  it('names the column and the reason, and never the value', () => {
    const columns = [
      { name: 'a', type: 'String' },
      { name: 'b', type: 'Nullable(Int32)' },
    ];
    expect(guarded(columns, '{"a":"x","b":5000000000}')).toEqual([
      { column: 'b', reason: 'An integer outside the range of Int32.' },
    ]);
  });

  it.each([
    ['Int8', '-129'],
    ['UInt8', '"300"'],
    ['UInt8', '+300'],
    ['Int64', '9223372036854775808'],
    ['UInt64', '18446744073709551616'],
    ['UInt256', `1${'0'.repeat(90)}`],
    ['Int32', '""'],
    ['LowCardinality(Nullable(UInt16))', '65536'],
    ['Array(Array(Nullable(UInt8)))', '[[], [1, 300]]'],
    ['Map(String, Array(UInt8))', '{"a": [1], "b": [300]}'],
    ['Tuple(String, UInt8)', '["300", 300]'],
    ['Tuple(a String, `b c` UInt8)', '{"a": "300", "b c": 300}'],
    ['SimpleAggregateFunction(sum, UInt64)', '18446744073709551616'],
    ['INT UNSIGNED', '4294967296'],
    ['IntervalDay', '9223372036854775808'],
    ["Enum8('a' = 1)", '257'],
    ["Enum('a,b' = 1, 'c' = 2)", '257'],
    ['Decimal(9, 2)', '1.255'],
    ['Decimal(9, 2)', '1e-3'],
    ['Decimal32(2)', '""'],
    ['Decimal', '1.5'],
    ['Decimal(9, 2)', '"-"'],
    ['Float64', '1e400'],
    ['Float64', '-1e-400'],
    ['Float64', '"1e400"'],
    ['Float64', '9007199254740993'],
    ['Float64', '0.12345678901234567890'],
    ['Float32', '1e39'],
    ['Float32', '16777217'],
    ['BFloat16', '1e39'],
    ['Date', '"2024-02-30"'],
    ['Date', '"20240230"'],
    ['Date', '"2149-06-07"'],
    ['Date', '1704153600'],
    ['Date32', '"2024-13-01"'],
    ['Date32', '"1899-12-31"'],
    ['Date32', '20240102'],
    ['DateTime', '"1969-12-31T23:59:59Z"'],
    ['DateTime', '1704164645123'],
    ['DateTime', '-1'],
    ["DateTime('Asia/Tokyo')", '"1970-01-01 00:00:00"'],
    ["DateTime64(3, 'UTC')", '"2024-01-02T25:00:00Z"'],
    ["DateTime64(3, 'UTC')", '"2024-01-02T23:59:60Z"'],
    ["DateTime64(3, 'UTC')", '"2024-01-02T03:04:05+99:99"'],
    ["DateTime64(3, 'UTC')", '"0000-00-00 00:00:00"'],
    ["DateTime64(3, 'UTC')", '"2024-00-01"'],
    ["DateTime64(3, 'UTC')", '"03:04:05"'],
    ["DateTime64(3, 'UTC')", '"01/02/03"'],
    ["DateTime64(3, 'UTC')", '1704164645123456'],
    ['Time', '"12:60:00"'],
    ['Time64(3)', '3600000000'],
  ])('refuses for %s: %s', (type, value) => {
    expect(verdict(type, value)).toMatch(/^An? |^Text /u);
  });

  it.each([
    ['Int8', '-128'],
    ['UInt64', '18446744073709551615'],
    ['Int64', '-9223372036854775808'],
    ['Int8', '-00000000000000000005'],
    ['Nullable(Int8)', 'null'],
    ['UInt8', 'true'],
    ['Array(UInt8)', '[]'],
    ['Map(String, UInt8)', '{"a": 1}'],
    ["Enum16('a' = 300)", '300'],
    ['Decimal(9, 2)', '1.2500'],
    ['Decimal(9, 2)', '123.45e1'],
    ['Float64', '18446744073709552000'],
    ['Float64', '18446744073709551616'],
    ['Float64', '0.30000000000000004'],
    ['Float64', '1.5000000000000000000000000'],
    ['Float64', '"NaN"'],
    ['Float32', '0.1'],
    ['Float32', '9007199000000000'],
    ['Date', '"2149-06-06"'],
    ['Date', '19724'],
    ['Date32', '"1900-1-1"'],
    ['DateTime', '4294967295'],
    ['DateTime', '"2024-01-02T03:04:05.000Z"'],
    ['DateTime', '"2024-01-02T03:04:05.5Z"'],
    ["DateTime64(3, 'UTC')", '"2024-01-02T03:04:05.1234Z"'],
    ["DateTime('Asia/Tokyo')", '"1970-01-01 09:00:00"'],
    ["DateTime('America/New_York')", '"1970-01-01 00:00:00"'],
    ["DateTime64(3, 'UTC')", '"2299-12-31T23:59:59.999Z"'],
    ["DateTime64(3, 'UTC')", '"2024-01-02T03:04:05.123+05:30"'],
    ["DateTime64(3, 'UTC')", '"2024-01-02T03:04:05.123000Z"'],
    ["DateTime64(3, 'UTC')", '"2024-01-02"'],
    ["DateTime64(3, 'UTC')", '"Tue, 02 Jan 2024 03:04:05 GMT"'],
    ["DateTime64(3, 'UTC')", '1704164645123'],
    ["DateTime64(3, 'UTC')", '"1704164645"'],
    ['Time', '"-999:59:59"'],
  ])('takes for %s: %s', (type, value) => {
    expect(verdict(type, value)).toBeUndefined();
    // What the guard leaves alone, ClickHouse must take, or this would prove nothing.
    engine.query('DROP TABLE IF EXISTS default.v');
    engine.query(`CREATE TABLE default.v(v ${type}) ENGINE = Memory`);
    engine.query(
      `INSERT INTO default.v SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow\n{"v":${value}}`,
    );
  });

  it('finds a field wherever it stands and however its name is written', () => {
    const columns = [
      { name: 'id', type: 'Int64' },
      { name: 'small', type: 'UInt8' },
      { name: 'né', type: 'UInt8' },
    ];
    const unfit = { column: 'small', reason: 'An integer outside the range of UInt8.' };
    const found = guarded(
      columns,
      '{"id":1,"small":1}',
      '{"id":1,"other":"{\\"small\\":300}","small":300}',
      '{ "small" : 300 , "id" : 1 }',
      '{"other":{"small":300},"list":["small",300],"id":1}',
      String.raw`{"sm\u0061ll":300}`,
      String.raw`{"id":1,"other":"a\\","small":300}`,
      '{"né":300}',
      '{"text":"small","small":300}',
    );
    expect(found).toEqual([undefined, unfit, unfit, undefined, unfit, unfit, { ...unfit, column: 'né' }, unfit]);
  });

  it('finds fields behind more fields than are noted, and when their order changes again and again', () => {
    const columns = Array.from({ length: 40 }, (_, index) => ({ name: `c${index}`, type: 'UInt8' }));
    const many = Array.from({ length: 5000 }, (_, index) => `"x${index}":"y"`).join(',');
    expect(guarded(columns, `{${many},"c7":300}`)[0]?.column).toBe('c7');
    const rotated = Array.from({ length: 200 }, (_, turn) =>
      columns.map(
        (_column, index) => `"c${(index * 7 + turn) % 40}":${(index * 7 + turn) % 40 === turn % 40 ? 256 : 1}`,
      ),
    );
    const found = guarded(columns, ...rotated.map((fields) => `{${fields.join(',')}}`));
    expect(found.map((unfit) => unfit?.column)).toEqual(rotated.map((_, turn) => `c${turn % 40}`));
  });

  it('looks at the value before a comma too many, which ClickHouse may take', () => {
    expect(guarded([{ name: 'a', type: 'UInt8' }], '{"a":300,}')[0]?.column).toBe('a');
  });

  it('leaves what is no JSON to ClickHouse', () => {
    const columns = [{ name: 'a', type: 'Array(UInt8)' }];
    const found = guarded(columns, '{"a" 300}', '{"a":[1 300]}', '{"a":}', '{"a":[[300]]}');
    expect(found).toEqual([undefined, undefined, undefined, undefined]);
  });
});
