import { describe, expect, it } from 'vitest';
import { mapColumns } from '../../../../src/domain/event-pipelines/column-mapping.js';

describe('a mapping of columns', () => {
  const row = { window: { start: 's', end: 'e' }, device_type: 'mobile', count: 3, 'a.b': 1, a: { b: 2 } };

  it('leads into objects, renames, and leaves out what it does not name', () => {
    expect(mapColumns([row], { 'window.start': 'window_start', count: 'event_count' })).toEqual([
      { window_start: 's', event_count: 3 },
    ]);
  });

  it('prefers a field of just that name', () => {
    expect(mapColumns([row], { 'a.b': 'ab' })).toEqual([{ ab: 1 }]);
  });

  it('gives a row no column for what it does not have, and keeps nulls', () => {
    expect(mapColumns([{ a: null }, {}], { a: 'a', 'a.b': 'b', 'toString.name': 'c' })).toEqual([{ a: null }, {}]);
  });

  it('makes columns of any name, and changes no prototype', () => {
    const [mapped] = mapColumns([{ a: { evil: true } }], { a: '__proto__' });
    expect(Object.keys(mapped ?? {})).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(mapped)).toBe(Object.prototype);
  });

  it('is the rows themselves where there is none', () => {
    expect(mapColumns([row], undefined)).toEqual([row]);
  });
});
