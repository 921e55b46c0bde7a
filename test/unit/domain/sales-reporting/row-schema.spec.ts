import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../../src/domain/errors.js';
import { rowSchema } from '../../../../src/domain/sales-reporting/row-schema.js';
import { YamlSchemaDocuments } from '../../../../src/infrastructure/yaml/yaml-schema-documents.js';

const read = (text: string) => rowSchema(new YamlSchemaDocuments().parse(text));

describe('rowSchema', () => {
  it('reads the short form', () => {
    expect(read('id: int\nprice: float\nday: date\nname: str\n')).toEqual({
      fields: [
        { name: 'id', type: 'int' },
        { name: 'price', type: 'float' },
        { name: 'day', type: 'date' },
        { name: 'name', type: 'str' },
      ],
      faults: [],
    });
  });

  it('reads constraints', () => {
    const { fields, faults } = read(`
price: {type: float, min: 0, max: 99.5, scale: 2, nullable: false}
day:
  type: date
  format: DD.MM.YYYY
  min: 2024-01-31
code: {type: str, pattern: '^S', enum: [S1, 2], min_length: 1, max_length: 9}
`);
    expect(faults).toEqual([]);
    expect(fields).toEqual([
      { name: 'price', type: 'float', min: 0, max: 99.5, scale: 2, isNullable: false },
      { name: 'day', type: 'date', format: expect.objectContaining({ name: 'DD.MM.YYYY' }), min: 20_240_131 },
      { name: 'code', type: 'str', pattern: /^S/u, enum: ['S1', '2'], minLength: 1, maxLength: 9 },
    ]);
  });

  it('tells every fault with its path and its line', () => {
    const { faults } = read(`id: integer
price:
  type: float
  minimum: 1
  min: 5
  max: 1
day: {type: date, min: 31.01.2024, format: D.M.Y}
name:
  type: str
  scale: 2
  pattern: (a+)+
  enum: []
  nullable: maybe
other: {min: 1}
empty:
`);
    expect(faults.map(({ path, line }) => `${line} ${path}`)).toEqual([
      '1 id',
      '4 price.minimum',
      '6 price.max',
      '7 day.format',
      '7 day.min',
      '10 name.scale',
      '13 name.nullable',
      '12 name.enum',
      '11 name.pattern',
      '14 other',
      '15 empty',
    ]);
  });

  it.each(['', '- id', 'just text', '[]'])('wants a mapping, not %j', (text) => {
    expect(read(text).faults).toHaveLength(1);
  });

  it.each([
    ['a: [', 'line 1'],
    ['a: int\na: str\n', 'line 2'],
    ['a: int\n\tb: str\n', 'line 2'],
  ])('tells the line where %j is no YAML', (text, path) => {
    let error: unknown;
    try {
      read(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PenstockError);
    expect((error as PenstockError).code).toBe('schema.invalid');
    expect((error as PenstockError).faults.map((fault) => fault.path)).toContain(path);
  });
});
