import { expect, it } from 'vitest';
import { didYouMean, nearestWord } from '../../../src/domain/shared/nearest-word.js';

it.each([
  ['event_typs', 'event_types'],
  ['cuont', 'count'],
  ['Count', 'count'],
  ['atributes', 'attributes'],
  ['agregation', 'aggregations'],
])('takes %s for %s', (word, meant) => {
  expect(nearestWord(word, ['attributes', 'count', 'event_types', 'aggregations'])).toBe(meant);
});

it.each(['', 'x', 'ab', 'windows', 'count_per_minute', 'c'.repeat(1000)])('takes %s for nothing else', (word) => {
  expect(nearestWord(word, ['y', 'count', 'event_types'])).toBeUndefined();
});

it('asks only where it has an answer', () => {
  expect(didYouMean('cuont', ['sum', 'count'])).toBe(' (did you mean "count"?)');
  expect(didYouMean('cuont', [])).toBe('');
});
