import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ConcurrencyGate, type Sleep } from '../../../../src/domain/workflow-gateway/concurrency-gate.js';

const NEVER = new AbortController().signal;
/** Ends only when it is told to. */
const forever: Sleep = (_, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
const atOnce: Sleep = async () => undefined;

const gate = (running: number, waiting: number, wait: Sleep = forever): ConcurrencyGate =>
  new ConcurrencyGate({ running, waiting, waitMs: 1 }, wait);

/** Work that goes on until it is told to end. */
function work(): { run: () => Promise<string>; end: () => void; hasBegun: () => boolean } {
  let end = (): void => undefined;
  let hasBegun = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { run: () => ((hasBegun = true), ended.then(() => 'done')), end: () => end(), hasBegun: () => hasBegun };
}

describe('a concurrency gate', () => {
  it('lets each holder do so much at once, and the next begin when one ends, in order', async () => {
    const turns = gate(2, 10);
    const all = [work(), work(), work(), work()];
    const answers = all.map(({ run }) => turns.during('a', NEVER, run));
    const other = turns.during('b', NEVER, async () => 'another holder');
    expect(await other).toBe('another holder');
    const begun = (): boolean[] => all.map(({ hasBegun }) => hasBegun());
    expect(begun()).toEqual([true, true, false, false]);
    expect(turns.load('a')).toEqual({ running: 2, waiting: 2 });
    all[1]!.end();
    await expect.poll(begun).toEqual([true, true, true, false]);
    for (const { end } of all) end();
    expect(await Promise.all(answers)).toEqual(['done', 'done', 'done', 'done']);
    expect(turns.load('a')).toEqual({ running: 0, waiting: 0 });
  });

  it('turns away whom there is no room for, and says when to come back', async () => {
    const turns = gate(1, 1);
    const first = work();
    const answers = [turns.during('a', NEVER, first.run), turns.during('a', NEVER, async () => 'second')];
    await expect(turns.during('a', NEVER, async () => 'third')).rejects.toMatchObject({
      code: 'query.busy',
      retryAfterMs: expect.any(Number),
    });
    first.end();
    expect(await Promise.all(answers)).toEqual(['done', 'second']);
  });

  it('turns away whose turn does not come in time', async () => {
    const turns = gate(1, 5, atOnce);
    const first = work();
    const running = turns.during('a', NEVER, first.run);
    await expect(turns.during('a', NEVER, async () => 'late')).rejects.toMatchObject({ code: 'query.busy' });
    first.end();
    await running;
    expect(turns.load('a')).toEqual({ running: 0, waiting: 0 });
  });

  it('forgets who has left, and gives the turn to the next', async () => {
    const turns = gate(1, 5);
    const first = work();
    const running = turns.during('a', NEVER, first.run);
    const gone = new AbortController();
    const left = turns.during('a', gone.signal, async () => 'never');
    const next = turns.during('a', NEVER, async () => 'next');
    gone.abort();
    await expect(left).rejects.toMatchObject({ code: 'query.cancelled' });
    await expect(turns.during('a', AbortSignal.abort(), async () => 'never')).rejects.toMatchObject({
      code: 'query.cancelled',
    });
    first.end();
    expect([await running, await next]).toEqual(['done', 'next']);
    expect(turns.load('a')).toEqual({ running: 0, waiting: 0 });
  });

  it('gives the place back when the work fails', async () => {
    const turns = gate(1, 5);
    await expect(turns.during('a', NEVER, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await turns.during('a', NEVER, async () => 'again')).toBe('again');
  });

  it('never exceeds its number, nor loses a place, in any order of comings and goings', async () => {
    const turns = gate(3, 1000);
    let running = 0;
    let most = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        const gone = new AbortController();
        if (n % 7 === 0) setImmediate(() => gone.abort());
        return turns
          .during('a', gone.signal, async () => {
            most = Math.max(most, (running += 1));
            await sleep(n % 3);
            running -= 1;
          })
          .then(
            () => 'ran',
            () => 'left',
          );
      }),
    );
    expect(most).toBe(3);
    expect(outcomes.filter((outcome) => outcome === 'ran').length).toBeGreaterThanOrEqual(257);
    expect(turns.load('a')).toEqual({ running: 0, waiting: 0 });
  });
});
