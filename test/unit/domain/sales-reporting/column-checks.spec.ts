import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateFormat, ISO_DATE, rewriteDate } from '../../../../src/domain/sales-reporting/cell-checks/date-format.js';
import { columnCheck } from '../../../../src/domain/sales-reporting/column-checks.js';
import type { TableColumn } from '../../../../src/domain/sales-reporting/import-table.js';
import type { FieldRule } from '../../../../src/domain/sales-reporting/row-schema.js';

const column = (type: string, more: Partial<TableColumn> = {}): TableColumn => ({
  name: 'c',
  type,
  isNullable: true,
  isOptional: true,
  isGenerated: false,
  ...more,
});

/** The rule a value breaks, in the middle of other bytes; undefined for none. */
function broken(
  value: string,
  live: TableColumn,
  rule?: Partial<FieldRule> & Pick<FieldRule, 'type'>,
): string | undefined {
  const bytes = Buffer.from(`9${value}9`);
  const { check } = columnCheck(live, rule && { name: 'c', ...rule });
  return check?.(bytes, 1, bytes.length - 1)?.rule;
}

const money = column('numeric', { precision: 10, scale: 2 });

describe('columnCheck', () => {
  it.each([
    ['0', 'int4', undefined],
    ['-2147483648', 'int4', undefined],
    ['2147483647', 'int4', undefined],
    ['+7', 'int4', undefined],
    [' 7 ', 'int4', undefined],
    ['2147483648', 'int4', 'range'],
    ['-2147483649', 'int4', 'range'],
    ['32768', 'int2', 'range'],
    ['9223372036854775807', 'int8', undefined],
    ['9223372036854775808', 'int8', 'range'],
    ['-9223372036854775808', 'int8', undefined],
    ['-9223372036854775809', 'int8', 'range'],
    ['0000000000000000000000000000001', 'int4', undefined],
    ['1.0', 'int4', 'type'],
    ['1e3', 'int4', 'type'],
    ['0x1f', 'int4', 'type'],
    ['', 'int4', 'type'],
    ['-', 'int4', 'type'],
    ['٣', 'int4', 'type'],
    ['1 2', 'int4', 'type'],
  ])('holds %j against %s', (value, type, rule) => {
    expect(broken(value, column(type))).toBe(rule);
  });

  it.each([
    ['12345678.90', undefined],
    ['-12345678.90', undefined],
    ['000012345678.9000', undefined],
    ['.5', undefined],
    ['5.', undefined],
    ['+5', undefined],
    ['1e2', undefined],
    ['1.234e1', undefined],
    ['123e-2', undefined],
    ['0.00', undefined],
    ['0e99', undefined],
    ['123456789.0', 'range'],
    ['1e8', 'range'],
    ['1.234', 'scale'],
    ['1e-3', 'scale'],
    ['NaN', 'type'],
    ['Infinity', 'type'],
    ['1,5', 'type'],
    ['.', 'type'],
    ['1e', 'type'],
    ['1e999999', 'type'],
    ['--1', 'type'],
  ])('holds %j against numeric(10, 2)', (value, rule) => {
    expect(broken(value, money)).toBe(rule);
  });

  it.each([
    ['1e308', 'float8', undefined],
    ['1e309', 'float8', 'range'],
    ['1e39', 'float4', 'range'],
    ['3.5', 'float4', undefined],
  ])('holds %j against %s', (value, type, rule) => {
    expect(broken(value, column(type))).toBe(rule);
  });

  it.each([
    ['2024-02-29', undefined],
    ['2023-02-29', 'type'],
    ['1900-02-29', 'type'],
    ['2000-02-29', undefined],
    ['2024-13-01', 'type'],
    ['2024-00-10', 'type'],
    ['2024-04-31', 'type'],
    ['0000-01-01', 'type'],
    ['2024-1-1', 'type'],
    ['2024/01/01', 'type'],
    ['2024-01-01T00:00', 'type'],
    ['tomorrow', 'type'],
    ['', 'type'],
  ])('holds %j against date', (value, rule) => {
    expect(broken(value, column('date'))).toBe(rule);
  });

  it('takes dates of the shape that the schema gives, and no other', () => {
    const rule = { type: 'date', format: dateFormat('DD.MM.YYYY') } as const;
    expect(broken('31.12.2024', column('date'), rule)).toBeUndefined();
    expect(broken('12.31.2024', column('date'), rule)).toBe('type');
    expect(broken('2024-12-31', column('date'), rule)).toBe('type');
    expect(columnCheck(column('date'), { name: 'c', ...rule }).rewrite).toBe(rule.format);
    expect(
      columnCheck(column('date'), { name: 'c', type: 'date', format: dateFormat('YYYYMMDD') }).rewrite,
    ).toBeUndefined();
  });

  it('writes dates of any shape as ISO dates and back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('DD.MM.YYYY', 'MM/DD/YYYY', 'YYYY/MM/DD', 'DD-MM-YYYY'),
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (name, day) => {
          const [year, month, date] = day.toISOString().slice(0, 10).split('-') as [string, string, string];
          const text = name.replace('YYYY', year).replace('MM', month).replace('DD', date);
          const bytes = Buffer.from(`,${text},`);
          rewriteDate(bytes, 1, dateFormat(name), ISO_DATE);
          expect(bytes.toString()).toBe(`,${year}-${month}-${date},`);
          rewriteDate(bytes, 1, ISO_DATE, dateFormat(name));
          expect(bytes.toString()).toBe(`,${text},`);
        },
      ),
    );
  });

  it.each<[string, TableColumn, Partial<FieldRule> & Pick<FieldRule, 'type'>, string | undefined]>([
    ['größe', column('varchar', { maxLength: 5 }), { type: 'str' }, undefined],
    ['größer', column('varchar', { maxLength: 5 }), { type: 'str' }, 'length'],
    ['🙂🙂', column('varchar', { maxLength: 2 }), { type: 'str' }, undefined],
    ['abc', column('text'), { type: 'str', maxLength: 2 }, 'length'],
    ['a', column('text'), { type: 'str', minLength: 2 }, 'length'],
    ['North', column('text'), { type: 'str', enum: ['North', 'Süd'] }, undefined],
    ['Süd', column('text'), { type: 'str', enum: ['North', 'Süd'] }, undefined],
    ['north', column('text'), { type: 'str', enum: ['North'] }, 'enum'],
    ['S-1', column('text'), { type: 'str', pattern: /^S-\d+$/u }, undefined],
    ['X-1', column('text'), { type: 'str', pattern: /^S-\d+$/u }, 'pattern'],
    ['S'.repeat(257), column('text'), { type: 'str', pattern: /S/u }, 'pattern'],
    ['5', column('int4'), { type: 'int', min: 5, max: 5 }, undefined],
    ['4', column('int4'), { type: 'int', min: 5 }, 'min'],
    ['6', column('int4'), { type: 'int', max: 5 }, 'max'],
    ['-0.01', money, { type: 'float', min: 0 }, 'min'],
    ['0.125', column('float8'), { type: 'float', scale: 2 }, 'scale'],
    ['1.5', column('int4'), { type: 'float' }, 'type'],
    ['1.5', money, { type: 'int' }, 'type'],
    ['x', column('int4'), { type: 'str' }, 'type'],
    ['x', column('text'), { type: 'int' }, 'type'],
    ['x', column('text'), { type: 'float' }, 'type'],
    ['2024-13-01', column('timestamptz'), { type: 'date' }, 'type'],
    ['2024-01-01', column('date'), { type: 'date', min: 20_240_102 }, 'min'],
    ['2024-01-03', column('date'), { type: 'date', max: 20_240_102 }, 'max'],
    ['anything', column('uuid'), { type: 'str' }, undefined],
  ])('holds %j against a column and a rule', (value, live, rule, expected) => {
    expect(broken(value, live, rule)).toBe(expected);
  });

  it('lets a column be null only where table and schema both do', () => {
    const nullable = (live: boolean, rule?: boolean): boolean =>
      columnCheck(column('int4', { isNullable: live }), {
        name: 'c',
        type: 'int',
        ...(rule !== undefined && { isNullable: rule }),
      }).isNullable;
    expect([nullable(true), nullable(true, false), nullable(false), nullable(false, true)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('reads numbers as JavaScript does, however they are written', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^-?\d{0,16}(\.\d{0,16})?([eE][+-]?\d{1,2})?$/),
        fc.integer({ min: -50, max: 50 }),
        (text, min) => {
          const isNumber = /\d/.test(text.split(/[eE]/)[0]!);
          const expected = !isNumber ? 'type' : Number(text) < min ? 'min' : undefined;
          expect(broken(text, column('numeric'), { type: 'float', min })).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
