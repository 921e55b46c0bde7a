import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Locks } from '../../../../src/infrastructure/embedded/s3/locks.js';

describe('Locks', () => {
  /** Starts work that ends when it is told to, and writes down when it runs. */
  function worker(log: string[]) {
    return (name: string) => {
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      const work = async (): Promise<void> => {
        log.push(`${name} begins`);
        await ended;
        log.push(`${name} ends`);
      };
      return { work, end };
    };
  }

  it('let those that share run side by side, and one that wants to be alone wait for them', async () => {
    const [locks, log] = [new Locks(), [] as string[]];
    const make = worker(log);
    const [a, b, alone, c] = ['a', 'b', 'alone', 'c'].map(make) as [W, W, W, W];
    const all = [
      locks.shared('x', a.work),
      locks.shared('x', b.work),
      locks.exclusive('x', alone.work),
      locks.shared('x', c.work),
    ];
    await turn();
    expect(log).toEqual(['a begins', 'b begins']);
    b.end();
    a.end();
    await turn();
    expect(log.slice(2)).toEqual(['b ends', 'a ends', 'alone begins']);
    alone.end();
    c.end();
    await Promise.all(all);
    expect(log.slice(5)).toEqual(['alone ends', 'c begins', 'c ends']);
  });

  it('go on after work that failed', async () => {
    const locks = new Locks();
    const failing = locks.exclusive('x', () => Promise.reject(new Error('failed')));
    const shared = locks.shared('x', () => Promise.reject(new Error('failed too')));
    const after = locks.exclusive('x', () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('failed');
    await expect(shared).rejects.toThrow('failed too');
    expect(await after).toBe('done');
  });

  it('keep apart only what has the same name', async () => {
    const [locks, log] = [new Locks(), [] as string[]];
    const make = worker(log);
    const [a, b] = ['a', 'b'].map(make) as [W, W];
    const all = [locks.exclusive('x', a.work), locks.exclusive('y', b.work)];
    await turn();
    expect(log).toEqual(['a begins', 'b begins']);
    a.end();
    b.end();
    await Promise.all(all);
  });

  it('never wait for each other, in whatever order many are asked for', async () => {
    const locks = new Locks();
    const names = ['a', 'b', 'c', 'd'];
    const orders = Array.from({ length: 50 }, (_, at) =>
      [...names.slice(at % 4), ...names.slice(0, at % 4)].slice(0, 3),
    );
    const done = await Promise.all(
      orders.map((order) => locks.exclusiveAll([...order, order[0]!], async () => turn('done'))),
    );
    expect(done).toHaveLength(50);
  });
});

type W = { work: () => Promise<void>; end: () => void };
