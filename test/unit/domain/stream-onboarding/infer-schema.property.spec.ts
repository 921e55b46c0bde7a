import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTableStatement } from '../../../../src/domain/stream-onboarding/create-table-statement.js';
import { inferSchema } from '../../../../src/domain/stream-onboarding/infer-schema.js';
import { INSERT_FORMAT_SETTINGS } from '../../../../src/domain/stream-onboarding/insert-format.js';
import {
  JsonNumber,
  JsonObject,
  type JsonValue,
  parseLosslessJson,
} from '../../../../src/domain/stream-onboarding/lossless-json.js';
import { clickHouseInProcess } from '../../../support/clickhouse-in-process.js';

const engine = clickHouseInProcess();

/** JSON texts of values, so that every digit of a number is under control. */
type Texts = fc.Arbitrary<string>;
const json = (value: unknown): string => JSON.stringify(value);
const day = fc.date({ min: new Date('1900-01-02'), max: new Date('2299-12-30'), noInvalidDate: true });
const kinds: Record<string, Texts> = {
  int: fc.maxSafeInteger().map(String),
  long: fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n).map(String),
  huge: fc.bigInt(-(2n ** 260n), 2n ** 260n).map(String),
  unsigned: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
  float: fc.double({ noNaN: true, noDefaultInfinity: true }).map(json),
  spelled: fc.constantFrom('1.0', '-0', '-0.0', '1e5', '1E+2', '0.1e-3', '1e400', '1e-400', '0.12345678901234567890'),
  bool: fc.boolean().map(json),
  text: fc.string({ unit: 'grapheme', maxLength: 12 }).map(json),
  escaped: fc.constantFrom('"\\u0041\\n"', '"\\/"', '"\\ud83d\\ude00"', '"\\u0000"', '"a\\\\"', '"\\"{"'),
  odd: fc.constantFrom('"-"', '""', '"007"', '"12"', '"true"', '"null"', '"[1]"', '"2024-02-30"', '"1e5"', '"NaN"'),
  date: day.map((date) => json(date.toISOString().slice(0, 10))),
  zoned: day.map((date) => json(date.toISOString())),
  offset: fc
    .tuple(day, fc.constantFrom('+02:00', '-11:30', '+13:59'))
    .map(([date, zone]) => json(date.toISOString().slice(0, -1) + zone)),
  micros: fc
    .tuple(day, fc.nat(999_999))
    .map(([date, micros]) => json(`${date.toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`)),
  local: day.map((date) => json(date.toISOString().slice(0, 19).replace('T', ' '))),
  uuid: fc.uuid().map(json),
};
const scalar = fc.oneof(...Object.values(kinds));
const name = fc.oneof(fc.constantFrom('a', 'b', 'c d', 'é', '`', 'a.b', '', "'", '\\'), fc.string({ maxLength: 3 }));
const { nested } = fc.letrec<{ nested: string; list: string; object: string }>((tie) => ({
  nested: fc.oneof({ depthSize: 'small' }, scalar, fc.constant('null'), tie('list'), tie('object')),
  list: fc.array(tie('nested'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  object: fc
    .array(fc.tuple(name, tie('nested')), { maxLength: 3 })
    .map((fields) => `{${fields.map(([key, value]) => `${json(key)}:${value}`).join(',')}}`),
}));
const list = (items: Texts): Texts => fc.array(items, { maxLength: 4 }).map((texts) => `[${texts.join(', ')}]`);
const object = (values: Texts): Texts =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom('x', 'y', 'z', 'é', "q'`"), values), {
      maxLength: 3,
      selector: ([key]) => key,
    })
    .map((fields) => `{${fields.map(([key, value]) => `${json(key)}: ${value}`).join(',')}}`);

/** Values of one field: mostly of one kind, as real streams are, with nulls, gaps (undefined) and sometimes a stranger. */
const column: fc.Arbitrary<fc.Arbitrary<string | undefined>> = fc
  .oneof(
    fc.constantFrom(...Object.values(kinds)),
    fc.constantFrom(...Object.values(kinds)).map(list),
    fc.constantFrom(...Object.values(kinds)).map((kind) => list(list(kind))),
    fc.constant(list(nested)),
    fc.constantFrom(...Object.values(kinds)).map((kind) => list(object(kind))),
    fc.constant(object(scalar)),
    fc.constant(object(nested)),
    fc.constant(nested),
  )
  .chain((kind) => fc.constantFrom(kind, fc.oneof({ weight: 5, arbitrary: kind }, { weight: 1, arbitrary: scalar })))
  .chain((kind) =>
    fc.constantFrom<fc.Arbitrary<string | undefined>>(
      kind,
      fc.oneof(
        { weight: 8, arbitrary: kind },
        { weight: 1, arbitrary: fc.constant('null') },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
    ),
  );

const events = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('id', 'a', 'a.b', 'index', '`', 'ü', ' x', "it's", '\\'),
        fc.string({ minLength: 1, maxLength: 6 }),
      ),
      column,
    ),
    { minLength: 1, maxLength: 6, selector: ([field]) => field },
  )
  .chain((columns) =>
    fc.array(
      fc.tuple(
        ...columns.map(([field, values]) =>
          values.map((value) => (value === undefined ? [] : [`${json(field)} : ${value}`])),
        ),
      ),
      { minLength: 1, maxLength: 30 },
    ),
  )
  .map((rows) => rows.map((fields) => `{${fields.flat().join(', ')}}`));

/** A value in a form that two equal ones share: digits of integers, value of floats, fields by name. */
function canonical(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return value.integer ? BigInt(value.text) : Number(value.text) || 0;
  if (value instanceof JsonObject)
    return Object.fromEntries([...value.fields].map(([key, field]) => [key, canonical(field)]));
  return Array.isArray(value) ? value.map((item) => canonical(item as JsonValue)) : value;
}

/** A JSON column leaves out what is null or an empty object, and writes 1.0 as 1. */
function asJsonColumn(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text) || 0;
  if (Array.isArray(value)) return value.map((item) => asJsonColumn(item as JsonValue));
  if (!(value instanceof JsonObject)) return value;
  const fields = [...value.fields].map(([key, field]) => [key, asJsonColumn(field)] as const);
  return Object.fromEntries(fields.filter(([, field]) => field !== null && json(field) !== '{}'));
}

/** The moment, with all digits behind the point. */
function moment(text: string): string {
  const iso = text.replace(' ', 'T').replace(/\.\d+/u, '');
  const fraction = (/\.(\d+)/u.exec(text)?.[1] ?? '').padEnd(9, '0');
  return `${Date.parse(/(Z|[-+]\d\d:\d\d)$/u.test(iso) ? iso : `${iso}Z`)} ${fraction}`;
}

/** What was sent and what was read back, in comparable form. */
function pair(type: string, sent: JsonValue, read: JsonValue): [unknown, unknown] {
  const inner = /^(?:Nullable|Array)\((.*)\)$/u.exec(type)?.[1] ?? type;
  if (type.startsWith('Array(')) return pairOfArrays(inner, (sent ?? []) as JsonValue[], read as JsonValue[]);
  if (sent === null || read === null) return [sent, read];
  if (inner === 'JSON' || inner === 'Float64') return [asJsonColumn(sent), asJsonColumn(read)];
  return pairOfScalars(inner, sent, read);
}

function pairOfScalars(inner: string, sent: JsonValue, read: JsonValue): [unknown, unknown] {
  if (inner.startsWith('DateTime64')) return [moment(sent as string), moment(read as string)];
  const text = inner === 'String' && typeof sent !== 'string';
  return [canonical(sent), canonical(text ? (parseLosslessJson(read as string) ?? null) : read)];
}

function pairOfArrays(inner: string, sent: readonly JsonValue[], read: readonly JsonValue[]): [unknown, unknown] {
  const pairs = read.map((item, index) => pair(inner, sent[index] ?? null, item));
  return [
    [sent.length, ...pairs.map(([item]) => item)],
    [read.length, ...pairs.map(([, item]) => item)],
  ];
}

const SETTINGS = Object.entries({ ...INSERT_FORMAT_SETTINGS, input_format_skip_unknown_fields: 0 })
  .map(([setting, value]) => `${setting} = '${value}'`)
  .join(', ');

/** The lines as the table has them, in order of insertion. */
function storeAndRead(
  lines: readonly string[],
  columns: readonly { name: string; type: string }[],
  orderBy: readonly string[],
): JsonObject[] {
  engine.query('DROP TABLE IF EXISTS default.events');
  const row = { name: 'row number', type: 'UInt32' };
  const table = { name: { database: 'default', table: 'events' }, columns: [...columns, row], orderBy, comment: '' };
  engine.query(createTableStatement(table));
  const numbered = lines.map((line, index) =>
    line.replace(/\}$/u, `${line === '{}' ? '' : ','}"row number":${index}}`),
  );
  engine.query(`INSERT INTO default.events SETTINGS ${SETTINGS} FORMAT JSONEachRow\n${numbered.join('\n')}`);
  const read = engine.query(
    'SELECT * FROM default.events ORDER BY `row number` SETTINGS output_format_json_quote_64bit_integers = 0',
    'JSONEachRow',
  );
  return read
    .trim()
    .split('\n')
    .map((line) => parseLosslessJson(line) as JsonObject);
}

describe('every inferred schema', () => {
  it('takes every event it was inferred from, and gives back what was sent', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(events, (lines) => {
        const { columns, proposedOrderBy, leftOut } = inferSchema(lines.map((line) => Buffer.from(line)));
        fc.pre(columns.length > 0 && leftOut.length === 0);
        const rows = storeAndRead(lines, columns, proposedOrderBy);
        expect(rows).toHaveLength(lines.length);
        for (const [index, line] of lines.entries()) {
          const sent = parseLosslessJson(line) as JsonObject;
          for (const { name: field, type } of columns) {
            const [a, b] = pair(type, sent.fields.get(field) ?? null, rows[index]!.fields.get(field) ?? null);
            expect([field, type, b]).toEqual([field, type, a]);
          }
        }
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 150) },
    );
  });
});
