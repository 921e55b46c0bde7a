import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttributeValue, fromJson, toJson } from '../../../../src/domain/workflow-gateway/attribute-value.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a value of DynamoDB', () => {
  it.each<[AttributeValue, unknown]>([
    [{ S: 'text' }, 'text'],
    [{ S: '' }, ''],
    [{ N: '42' }, 42],
    [{ N: '-0.5' }, -0.5],
    [{ N: '1E+2' }, 100],
    [{ N: '0.10' }, 0.1],
    [{ N: '9007199254740993' }, '9007199254740993'],
    [{ N: '12345678901234567890123456789012345678' }, '12345678901234567890123456789012345678'],
    [{ N: '0.12345678901234567890123456789012345678' }, '0.12345678901234567890123456789012345678'],
    [{ N: '1E+125' }, 1e125],
    [{ BOOL: false }, false],
    [{ NULL: true }, null],
    [{ B: bytes('hi') }, 'aGk='],
    [{ L: [{ N: '1' }, { L: [] }] }, [1, []]],
    [{ M: { a: { M: { b: { NULL: true } } } } }, { a: { b: null } }],
    [{ SS: ['a', 'b'] }, ['a', 'b']],
    [{ NS: ['1', '2.5', '9007199254740993'] }, [1, 2.5, '9007199254740993']],
    [{ BS: [bytes('a')] }, ['YQ==']],
  ])('reads %j as %j', (value, json) => {
    expect(toJson(value)).toEqual(json);
  });

  it('is JSON again after it was made of JSON', () => {
    const values = fc.json({ maxDepth: 4 }).map((text) => JSON.parse(text) as unknown);
    fc.assert(
      fc.property(values, (value) => {
        expect(JSON.stringify(toJson(fromJson(value)))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('refuses JSON that is nested deeper than DynamoDB nests', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 40; level++) deep = [deep];
    expect(() => fromJson(deep)).toThrow(RangeError);
  });
});
