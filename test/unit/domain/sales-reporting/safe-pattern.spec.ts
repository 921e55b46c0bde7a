import { describe, expect, it } from 'vitest';
import { MAX_MATCHED_CHARS, safePattern } from '../../../../src/domain/sales-reporting/cell-checks/safe-pattern.js';

describe('safePattern', () => {
  it.each([
    String.raw`^[A-Z]{2}-\d{4,6}$`,
    String.raw`^S-\d+$`,
    '^(North|South)(-(East|West))?$',
    String.raw`^\(a+\)$`,
    '^[*+?]+$',
    'x{3}y*',
    '(?:ab){2,5}',
  ])('takes %s', (source) => {
    expect(safePattern(source)).toBeInstanceOf(RegExp);
  });

  it.each([
    ['(a+)+$', 'repeats a group'],
    ['(a|a)*$', 'repeats a group'],
    ['(a*)*', 'repeats a group'],
    ['((ab)+c){2,}', 'repeats a group'],
    ['(a?b){1,9}', 'repeats a group'],
    ['(?:a|b)+', 'repeats a group'],
    [String.raw`(a)\1`, 'refers back'],
    ['(?<n>a)\\k<n>', 'refers back'],
    ['(?=a)b', 'looks around'],
    ['(?<!a)b', 'looks around'],
    ['a*b*c*d*', 'more than 3 repeats'],
    ['a?'.repeat(11), 'more than 10 optional'],
    ['(', 'is not a regular expression'],
    ['a'.repeat(501), 'is longer than 500'],
  ])('refuses %s', (source, reason) => {
    expect(safePattern(source)).toContain(reason);
  });

  it.each(['^.*.*.*$x', String.raw`^\w+\s+\w+!$`, `^${'a?'.repeat(10)}${'a'.repeat(10)}b$`])(
    'lets nothing through that the longest value could keep busy: %s',
    (source) => {
      const pattern = safePattern(source) as RegExp;
      const value = 'a'.repeat(MAX_MATCHED_CHARS);
      const before = performance.now();
      for (let time = 0; time < 3; time += 1) pattern.test(value);
      // Hanging would be years; this is only to tell years from moments.
      expect(performance.now() - before).toBeLessThan(20_000);
    },
  );
});
