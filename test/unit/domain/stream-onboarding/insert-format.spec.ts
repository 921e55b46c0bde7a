import { describe, expect, it } from 'vitest';
import { INSERT_FORMAT_SETTINGS } from '../../../../src/domain/stream-onboarding/insert-format.js';
import { clickHouseInProcess } from '../../../support/clickhouse-in-process.js';

const engine = clickHouseInProcess();
const settings = Object.entries(INSERT_FORMAT_SETTINGS)
  .map(([name, value]) => `${name} = '${value}'`)
  .join(', ');

/** What a column of the type gives back for a value. */
function stored(type: string, value: string): string {
  engine.query('DROP TABLE IF EXISTS default.v');
  engine.query(`CREATE TABLE default.v(v ${type}) ENGINE = MergeTree() ORDER BY tuple()`);
  engine.query(`INSERT INTO default.v SETTINGS ${settings} FORMAT JSONEachRow\n{"v":${value}}`);
  return engine
    .query('SELECT v FROM default.v SETTINGS output_format_json_quote_64bit_integers = 0', 'JSONEachRow')
    .trim();
}

describe('the settings of every insert', () => {
  it.each([
    ['a null where none can be', 'Int64', 'null', '{"v":0}'],
    ['a null in place of an array', 'Array(Nullable(Int64))', 'null', '{"v":[]}'],
    ['a number as text, digit by digit', 'Nullable(String)', '1.50e3', '{"v":"1.50e3"}'],
    ['a boolean as text', 'Nullable(String)', 'true', '{"v":"true"}'],
    ['an object as text', 'Nullable(String)', '{"a": [1]}', String.raw`{"v":"{\"a\": [1]}"}`],
    ['a time with a zone', "DateTime64(3, 'UTC')", '"2024-01-02T03:04:05.5+02:00"', '{"v":"2024-01-02 01:04:05.500"}'],
    ['the last bit of a float', 'Float64', '0.30000000000000004', '{"v":0.30000000000000004}'],
    [
      'strings in JSON that look like times',
      'JSON',
      '{"t":"2024-01-02T03:04:05Z"}',
      '{"v":{"t":"2024-01-02T03:04:05Z"}}',
    ],
    ['booleans in a mixed array in JSON', 'JSON', '{"a":[1,true]}', '{"v":{"a":[1,true]}}'],
  ])('keep %s', (_, type, value, row) => {
    expect(stored(type, value)).toBe(row);
  });

  it.each([
    ['a boolean as a number', 'Nullable(Int64)', 'true'],
    ['a boolean as a float', 'Nullable(Float64)', 'true'],
    ['a dash as a time', "Nullable(DateTime64(3, 'UTC'))", '"-"'],
    ['a text as a number', 'Nullable(Int64)', '"x"'],
  ])('refuse %s', (_, type, value) => {
    expect(() => stored(type, value)).toThrow('Cannot');
  });
});
