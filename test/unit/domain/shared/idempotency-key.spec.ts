import { expect, it } from 'vitest';
import { isIdempotencyKey } from '../../../../src/domain/shared/idempotency-key.js';

it.each(['k', 'load 7 of 2024-01-01', '~', 'k'.repeat(255)])('takes %j', (key) => {
  expect(isIdempotencyKey(key)).toBe(true);
});

it.each(['', ' ', ' a', 'a ', 'é', 'a\nb', 'a\n', 'a\tb', '\u007f', 'k'.repeat(256)])('refuses %j', (key) => {
  expect(isIdempotencyKey(key)).toBe(false);
});
