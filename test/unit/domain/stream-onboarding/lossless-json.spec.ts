import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  JsonNumber,
  JsonObject,
  type JsonValue,
  parseLosslessJson,
} from '../../../../src/domain/stream-onboarding/lossless-json.js';

/** What JSON.parse would have made of it. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (value instanceof JsonObject)
    return Object.fromEntries([...value.fields].map(([name, field]) => [name, plain(field)]));
  return Array.isArray(value) ? value.map((item) => plain(item as JsonValue)) : value;
}

function parsed(text: string): unknown {
  const value = parseLosslessJson(text);
  return value === undefined ? 'refused' : { value: plain(value) };
}

function reference(text: string): unknown {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return 'refused';
  }
}

describe('parseLosslessJson', () => {
  it('keeps every digit of a number, as it was written', () => {
    const texts = ['123456789012345678901234567890', '-0', '1.0', '1E+2', '0.10000000000000000000000001', '1e400'];
    const value = parseLosslessJson(`[${texts.join(' ,')}]`) as JsonNumber[];
    expect(value.map(({ text }) => text)).toEqual(texts);
    expect(value.map(({ integer }) => integer)).toEqual([true, true, false, false, false, false]);
  });

  it('says when a name is there twice', () => {
    expect((parseLosslessJson('{"a":1,"\\u0061":2}') as JsonObject).repeated).toBe(true);
    expect((parseLosslessJson('{"a":{"b":1},"b":2}') as JsonObject).repeated).toBe(false);
  });

  it.each([
    '',
    ' ',
    '01',
    '-',
    '+1',
    '1.',
    '.1',
    '1e',
    '1e+',
    '--1',
    'nul',
    'tru',
    'True',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "'a'",
    '"\t"',
    '"\\x"',
    '"\\u12"',
    '[1 2]',
    '{}{}',
    '\ufeff1',
    '"a',
    '{"a"1}',
    'NaN',
    '[',
    '{',
  ])('refuses %j, as JSON.parse does', (text) => {
    expect(reference(text)).toBe('refused');
    expect(parsed(text)).toBe('refused');
  });

  it('agrees with JSON.parse on any JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', ' ', '\r\n\t'), (text, space) => {
        expect(parsed(space + text + space)).toEqual(reference(text));
      }),
    );
  });

  it('agrees with JSON.parse on damaged JSON', () => {
    const piece = fc.constantFrom('', '"', '\\', '{', '}', ',', ':', '0', '-', '.', 'e', 'null', '\\u00', ' ');
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.nat(3), piece, (text, position, length, inserted) => {
        const at = position % (text.length + 1);
        const damaged = text.slice(0, at) + inserted + text.slice(at + length);
        fc.pre(!/\\u[dD]/u.test(damaged));
        expect(parsed(damaged)).toEqual(reference(damaged));
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses half of a surrogate pair, which JSON.parse lets through', () => {
    expect(parsed('"\\ud83d\\ude00"')).toEqual({ value: '😀' });
    expect([parsed('"\\ud83d"'), parsed('"\\ude00\\ud83d"'), parsed('{"\\ud83d":1}')]).toEqual([
      'refused',
      'refused',
      'refused',
    ]);
  });

  it('reads 128 levels and refuses more', () => {
    expect(parsed(`${'['.repeat(128)}${']'.repeat(128)}`)).not.toBe('refused');
    expect(parsed(`${'['.repeat(129)}${']'.repeat(129)}`)).toBe('refused');
    expect(parsed('['.repeat(1_000_000))).toBe('refused');
  });
});
