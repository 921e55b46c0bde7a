import { expect, it } from 'vitest';
import { LatestAnswer } from '../../../../src/infrastructure/postgres/guarded/latest-answer.js';

/** Work that tells how often it began, and ends when it is told to. */
function counted(): { work: () => Promise<number>; end: () => void; begun: () => number } {
  let begun = 0;
  const ends: (() => void)[] = [];
  const work = (): Promise<number> => {
    const mine = (begun += 1);
    return new Promise((resolve) => ends.push(() => resolve(mine)));
  };
  return { work, end: () => ends.shift()?.(), begun: () => begun };
}

it('works once for all who ask while it works for those before them', async () => {
  const latest = new LatestAnswer<number>();
  const { work, end, begun } = counted();
  const first = latest.get('a', work);
  const late = [latest.get('a', work), latest.get('a', work), latest.get('a', work)];
  expect(begun()).toBe(1);
  end();
  expect(await first).toBe(1);
  await expect.poll(begun).toBe(2);
  end();
  expect(await Promise.all(late)).toEqual([2, 2, 2]);
});

it('never answers what was begun before somebody asked', async () => {
  const latest = new LatestAnswer<number>();
  let value = 1;
  const read = async (): Promise<number> => value;
  expect(await latest.get('a', read)).toBe(1);
  value = 2;
  expect(await latest.get('a', read)).toBe(2);
  const rounds = Array.from({ length: 50 }, async () => {
    const least = (value += 1);
    expect(await latest.get('a', read)).toBeGreaterThanOrEqual(least);
  });
  await Promise.all(rounds);
});

it('goes on after a failure, which only those hear who waited for it', async () => {
  const latest = new LatestAnswer<number>();
  const failing = latest.get('a', () => Promise.reject(new Error('first')));
  const next = latest.get('a', async () => 2);
  await expect(failing).rejects.toThrow('first');
  expect(await next).toBe(2);
  expect(await latest.get('b', async () => 3)).toBe(3);
});
