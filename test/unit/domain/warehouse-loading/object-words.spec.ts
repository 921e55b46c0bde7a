import { describe, expect, it } from 'vitest';
import { parseRange } from '../../../../src/domain/warehouse-loading/byte-range.js';
import {
  matchesStrongly,
  matchesWeakly,
  parseEntityTags,
} from '../../../../src/domain/warehouse-loading/entity-tag.js';
import { checkObjectKey } from '../../../../src/domain/warehouse-loading/object-key.js';

describe('object keys', () => {
  it.each(['a', '/', '//a//', 'a b', '...', 'a/...', '.a/b.', 'ü/😀', '\n', '%2e%2e', '\\..\\', 'k'.repeat(1024)])(
    '%j is one',
    (key) => {
      expect(() => checkObjectKey(key)).not.toThrow();
    },
  );

  it.each(['', '.', '..', 'a/..', '../a', 'a/./b', 'k'.repeat(1025), 'ä'.repeat(513), '\u0000', '\uD800', 'a\uDC00b'])(
    '%j is none',
    (key) => {
      expect(() => checkObjectKey(key)).toThrow(expect.objectContaining({ code: 'key.invalid' }));
    },
  );
});

describe('entity tags', () => {
  it.each([
    ['*', '*'],
    [' "a" ', ['"a"']],
    ['"a", W/"b" ,"c,d"', undefined],
    ['"a", W/"b"', ['"a"', 'W/"b"']],
    ['d41d8cd9-3', ['"d41d8cd9-3"']],
    ['', undefined],
    ['"a', undefined],
    ['a b', undefined],
    [Array(51).fill('"a"').join(), undefined],
  ])('of %j are %j', (header, tags) => {
    if (tags === undefined)
      expect(() => parseEntityTags(header)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    else expect(parseEntityTags(header)).toEqual(tags);
  });

  it('match weakly what a cache may use, and strongly what a write may rely on', () => {
    expect(matchesWeakly(['W/"a"'], '"a"')).toBe(true);
    expect(matchesStrongly(['W/"a"'], '"a"')).toBe(false);
    expect(matchesStrongly(['"b"', '"a"'], '"a"')).toBe(true);
    expect(matchesWeakly(['"b"'], '"a"')).toBe(false);
    expect([matchesWeakly('*', '"a"'), matchesStrongly('*', '"a"')]).toEqual([true, true]);
  });
});

describe('ranges', () => {
  it.each([
    ['bytes=0-99', { first: 0, last: 99 }],
    ['bytes=5-', { first: 5 }],
    ['bytes=-5', { suffix: 5 }],
    [' BYTES= 5-6 ', { first: 5, last: 6 }],
    ['bytes=6-5', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,2-3', undefined],
    ['pages=0-1', undefined],
    ['bytes=a-b', undefined],
    [`bytes=0-${'9'.repeat(20)}`, { first: 0, last: Number.MAX_SAFE_INTEGER }],
    [`bytes=${'9'.repeat(20)}-`, { first: Number.MAX_SAFE_INTEGER }],
    [`bytes=${'9'.repeat(400)}-${'9'.repeat(400)}`, { first: Number.MAX_SAFE_INTEGER, last: Number.MAX_SAFE_INTEGER }],
    [`bytes=-${'9'.repeat(20)}`, { suffix: Number.MAX_SAFE_INTEGER }],
    [`bytes=${'9'.repeat(20)}-5`, undefined],
  ])('%j asks for %j', (header, range) => {
    expect(parseRange(header)).toEqual(range);
  });

  it('of no bytes at the end is none', () => {
    expect(() => parseRange('bytes=-0')).toThrow(expect.objectContaining({ code: 'object.range' }));
  });
});
