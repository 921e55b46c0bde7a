import { describe, expect, it } from 'vitest';
import { persist, Stopped } from '../../../../src/application/stream-onboarding/copier/persist.js';

/** Notes how long it was asked to sleep, and lets time pass at once. */
class QuickClock {
  readonly pauses: number[] = [];
  constructor(private readonly onSleep: (pauses: number) => void = () => undefined) {}

  nowMs(): number {
    return 0;
  }

  async sleep(ms: number): Promise<void> {
    this.pauses.push(ms);
    this.onSleep(this.pauses.length);
  }
}

function failing(times: number): { action: () => Promise<string>; tries: () => number } {
  let tries = 0;
  return {
    tries: () => tries,
    action: async () => {
      tries += 1;
      if (tries <= times) throw new Error(`failure ${tries}`);
      return 'done';
    },
  };
}

const never = (): boolean => false;
const nothing = (): void => undefined;

describe('persist', () => {
  it('tries again until the action succeeds, with pauses that grow up to the longest', async () => {
    const clock = new QuickClock();
    const told: unknown[] = [];
    const { action } = failing(5);
    const { signal } = new AbortController();
    const persistence = { clock, minMs: 100, maxMs: 700, signal, onFailure: (cause: unknown) => told.push(cause) };
    expect(await persist(action, never, persistence)).toBe('done');
    expect(clock.pauses).toEqual([100, 200, 400, 700, 700]);
    expect(told).toHaveLength(5);
  });

  it('gives up at once on what time does not mend', async () => {
    const clock = new QuickClock();
    const { action, tries } = failing(1);
    const { signal } = new AbortController();
    const persisting = persist(action, () => true, { clock, minMs: 1, maxMs: 1, signal, onFailure: nothing });
    await expect(persisting).rejects.toThrow('failure 1');
    expect(tries()).toBe(1);
  });

  it('gives up between two tries when it is stopped', async () => {
    const stop = new AbortController();
    const clock = new QuickClock((pauses) => pauses === 2 && stop.abort());
    const { action, tries } = failing(10);
    const persisting = persist(action, never, { clock, minMs: 1, maxMs: 1, signal: stop.signal, onFailure: nothing });
    await expect(persisting).rejects.toBeInstanceOf(Stopped);
    expect(tries()).toBe(2);
  });

  it('still finishes what can be finished at once after it was stopped', async () => {
    const { action } = failing(0);
    const persistence = {
      clock: new QuickClock(),
      minMs: 1,
      maxMs: 1,
      signal: AbortSignal.abort(),
      onFailure: nothing,
    };
    expect(await persist(action, never, persistence)).toBe('done');
  });
});
