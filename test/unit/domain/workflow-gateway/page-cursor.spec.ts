import { expect, it } from 'vitest';
import { decodePage, encodePage } from '../../../../src/domain/workflow-gateway/page-cursor.js';

it('leads back to where a page ended, of the same statement with the same parameters only', () => {
  const cursor = encodePage('SELECT 1', [1], 50);
  expect(decodePage(cursor, 'SELECT 1', [1])).toBe(50);
  expect(decodePage(undefined, 'SELECT 1', [1])).toBe(0);
  for (const [sql, parameters] of [
    ['SELECT 2', [1]],
    ['SELECT 1', [2]],
    ['SELECT 1', { a: 1 }],
  ] as const) {
    expect(() => decodePage(cursor, sql, parameters)).toThrow(
      expect.objectContaining({ code: 'cursor.invalid' }) as Error,
    );
  }
});

it.each(['', 'x', 'MTI', Buffer.from('-1:abc').toString('base64url')])('refuses %j', (cursor) => {
  expect(() => decodePage(cursor, 'SELECT 1', [])).toThrow(
    expect.objectContaining({ code: 'cursor.invalid' }) as Error,
  );
});
