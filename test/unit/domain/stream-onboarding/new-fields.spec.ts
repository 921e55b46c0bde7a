import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../../src/domain/shared/column.js';
import { NEW_FIELD_POLICIES } from '../../../../src/domain/stream-onboarding/connector.js';
import { frameRecord, toLine } from '../../../../src/domain/stream-onboarding/frame-record.js';
import { INSERT_FORMAT_SETTINGS } from '../../../../src/domain/stream-onboarding/insert-format.js';
import {
  type FramedRecord,
  type NewFieldPlan,
  planNewFields,
} from '../../../../src/domain/stream-onboarding/new-fields.js';
import { rowFields, textOf } from '../../../../src/domain/stream-onboarding/row-fields.js';
import { clickHouseInProcess } from '../../../support/clickhouse-in-process.js';

const engine = clickHouseInProcess();

const columns: Column[] = [
  { name: 'id', type: 'Int64' },
  { name: 'name', type: 'Nullable(String)' },
];

function framed(text: string): FramedRecord {
  const data = Buffer.from(text);
  const frame = frameRecord(data);
  if (typeof frame === 'string') throw new Error(`${frame}: ${text}`);
  return { data, frame };
}

const lines = ({ records }: NewFieldPlan): string[] =>
  records.map(({ data, frame }) => Buffer.from(toLine(data, frame)).toString());
const known = '{"id":1,"name":"x"}';
const unknown = '{"id":2, "plan" : {"a": ["{", "}"]} ,"paid":true}';

describe('planNewFields', () => {
  it.each(NEW_FIELD_POLICIES)('leaves records without new fields as they are under %s', (policy) => {
    const plan = planNewFields([framed(known), framed('{}')], columns, policy);
    expect(plan).toMatchObject({ addColumns: [], refused: [], skipUnknownFields: policy === 'ignore' });
    expect(lines(plan)).toEqual([known, '{}']);
  });

  it('ignore: has the insert leave them out', () => {
    const plan = planNewFields([framed(known), framed(unknown)], columns, 'ignore');
    expect(plan).toMatchObject({ addColumns: [], refused: [], skipUnknownFields: true });
    expect(lines(plan)).toEqual([known, unknown]);
  });

  it('reject: refuses the record and names the field', () => {
    const plan = planNewFields([framed(known), framed(unknown)], columns, 'reject');
    expect(plan.refused).toEqual([
      { index: 1, code: 'record.unknown-field', column: 'plan', reason: 'The table has no column for the field.' },
    ]);
  });

  it('evolve: adds a Nullable column per new field, of the type that all records of the batch fit', () => {
    const more = '{"id":3,"paid":null,"seats":12,"tags":["a"]}';
    const plan = planNewFields(
      [framed(unknown), framed(known), framed(more), framed('{"seats":1.5}')],
      columns,
      'evolve',
    );
    expect(plan.addColumns).toEqual([
      { name: 'plan', type: 'Nullable(JSON)' },
      { name: 'paid', type: 'Nullable(Bool)' },
      { name: 'seats', type: 'Nullable(Float64)' },
      { name: 'tags', type: 'Array(Nullable(String))' },
    ]);
    expect(plan.refused).toEqual([]);
    expect(lines(plan)).toEqual([unknown, known, more, '{"seats":1.5}']);
  });

  it('evolve: keeps new columns Nullable however often they were there', () => {
    const many = Array.from({ length: 100 }, (_, id) =>
      framed(JSON.stringify({ id, kind: ['a', 'b'][id % 2], at: '2024-01-01' })),
    );
    expect(planNewFields(many, columns, 'evolve').addColumns.map(({ type }) => type)).toEqual([
      'Nullable(String)',
      'Nullable(Date32)',
    ]);
  });

  it('evolve: refuses a record with a field that cannot become a column', () => {
    const plan = planNewFields([framed('{"":1}'), framed('{"a":1}')], columns, 'evolve');
    expect(plan.addColumns).toEqual([{ name: 'a', type: 'Nullable(Int64)' }]);
    expect(plan.refused).toMatchObject([{ index: 0, code: 'record.unknown-field', column: '' }]);
  });

  it('evolve: stops at the most columns a table may have', () => {
    const full = Array.from({ length: 999 }, (_, index) => ({ name: `c${index}`, type: 'Int8' }));
    const plan = planNewFields([framed('{"x":1}'), framed('{"y":1}')], full, 'evolve');
    expect(plan.addColumns.map(({ name }) => name)).toEqual(['x']);
    expect(plan.refused).toMatchObject([{ index: 1, column: 'y' }]);
  });

  it('to_extra: moves them into one column as a JSON object, character by character', () => {
    const plan = planNewFields([framed(known), framed(unknown)], columns, 'to_extra');
    expect(plan).toMatchObject({ addColumns: [{ name: '_extra', type: 'Nullable(String)' }], refused: [] });
    expect(lines(plan)).toEqual([
      known,
      '{"id":2,"_extra":"{\\"plan\\" : {\\"a\\": [\\"{\\", \\"}\\"]},\\"paid\\":true}"}',
    ]);
  });

  it('to_extra: adds the column only when it is needed and not there', () => {
    const there = [...columns, { name: '_extra', type: 'Nullable(String)' }];
    expect(planNewFields([framed(unknown)], there, 'to_extra').addColumns).toEqual([]);
    expect(planNewFields([framed(known)], columns, 'to_extra').addColumns).toEqual([]);
  });

  it("to_extra: moves a record's own field of that name inside", () => {
    const there = [...columns, { name: '_extra', type: 'Nullable(String)' }];
    expect(lines(planNewFields([framed('{"_extra":1}')], there, 'to_extra'))).toEqual([
      '{"_extra":"{\\"_extra\\":1}"}',
    ]);
  });

  it.each(NEW_FIELD_POLICIES)('refuses a record with a field twice under %s, once', (policy) => {
    const plan = planNewFields([framed('{"id":1,"new":1,"\\u0069d":2}'), framed(known)], columns, policy);
    expect(plan.refused).toEqual([
      { index: 0, code: 'record.not-json', column: 'id', reason: 'The record has a field twice.' },
    ]);
    expect(plan.addColumns).toEqual([]);
  });

  it.each(NEW_FIELD_POLICIES)('leaves what is no JSON inside its brackets to the warehouse under %s', (policy) => {
    const odd = ['{"a"}', '{"a":}', '{,}', '{"a":1 "b":2}', '{"a":1,}', '{1:2}', '{"a":[1]2}', '{"\\q":1}'];
    const plan = planNewFields(odd.map(framed), columns, policy);
    expect(plan).toMatchObject({ addColumns: [], refused: [] });
    expect(lines(plan)).toEqual(odd);
  });

  it('makes every record fit a real table under evolve and to_extra', { timeout: 60_000 }, () => {
    const name = fc.constantFrom('id', 'name', 'x', 'y z', "q'`", 'é\n'.trim(), '\\', '_extra');
    const value = fc.jsonValue({ noUnicodeString: false, maxDepth: 3 });
    const record = fc.dictionary(name, value).map((fields) => framed(JSON.stringify({ ...fields, id: 1, name: 'n' })));
    const settings = Object.entries({ ...INSERT_FORMAT_SETTINGS, input_format_skip_unknown_fields: 0 }).map(
      ([key, set]) => `${key} = '${set}'`,
    );
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 10 }),
        fc.constantFrom('evolve' as const, 'to_extra' as const),
        (records, policy) => {
          const plan = planNewFields(records, columns, policy);
          expect(plan.refused).toEqual([]);
          const all = [...columns, ...plan.addColumns].map(
            (column) => `\`${column.name.replaceAll(/[\\`]/gu, '\\$&')}\` ${column.type}`,
          );
          engine.query('DROP TABLE IF EXISTS default.fields');
          engine.query(`CREATE TABLE default.fields(${all.join(', ')}) ENGINE = MergeTree() ORDER BY tuple()`);
          engine.query(
            `INSERT INTO default.fields SETTINGS ${settings.join(', ')} FORMAT JSONEachRow\n${lines(plan).join('\n')}`,
          );
          expect(Number(engine.query('SELECT count() FROM default.fields', 'TSV'))).toBe(records.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('rowFields', () => {
  it('finds names and values of any object where JSON.parse finds them', () => {
    const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false }));
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const { data, frame } = framed(` ${JSON.stringify(value, null, indent)} `);
        const fields = rowFields(data, frame)!.map(({ name, valueStart, valueEnd }) => [
          name,
          JSON.parse(textOf(data, valueStart, valueEnd)),
        ]);
        expect(Object.fromEntries(fields)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('never reads outside of a record, whatever its brackets hold', () => {
    const piece = fc.constantFrom('"a"', ':', ',', '1', '{', '}', '[', ']', ' ', '"\\""', 'null', '\\');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const data = Buffer.from(`{${pieces.join('')}}`);
        const frame = frameRecord(data);
        fc.pre(typeof frame !== 'string');
        for (const { start, valueStart, valueEnd } of rowFields(data, frame) ?? []) {
          expect(start < valueStart && valueStart < valueEnd && valueEnd < data.length).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
