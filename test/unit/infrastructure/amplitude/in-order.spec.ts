import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../../src/infrastructure/amplitude/in-order.js';
import { wholeOrFlowing } from '../../../../src/infrastructure/amplitude/whole-or-flowing.js';

/** Work whose ends are in the test's hands. */
class Work {
  readonly begun: number[] = [];
  private readonly ends = new Map<number, { done: () => void; failed: (error: Error) => void }>();

  readonly begin = (item: number): Promise<number> => {
    this.begun.push(item);
    return new Promise((resolve, reject) => {
      this.ends.set(item, { done: () => resolve(item), failed: reject });
    });
  };

  end(item: number): void {
    this.ends.get(item)?.done();
  }

  fail(item: number): void {
    this.ends.get(item)?.failed(new Error(`no ${item}`));
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is worked on side by side', () => {
  it('comes in its order, however it ends, and no more of it is begun than may be', async () => {
    const work = new Work();
    const results = inOrder([1, 2, 3, 4], 2, work.begin);
    const first = results.next();
    await settled();
    expect(work.begun).toEqual([1, 2, 3]);
    work.end(3);
    work.end(2);
    work.end(1);
    expect((await first).value).toBe(1);
    const rest = [(await results.next()).value];
    expect(work.begun).toEqual([1, 2, 3, 4]);
    work.end(4);
    for await (const each of results) rest.push(each);
    expect(rest).toEqual([2, 3, 4]);
  });

  it('fails when the turn of what failed comes, and not before all that was begun is over', async () => {
    const work = new Work();
    const results = inOrder([1, 2, 3], 2, work.begin);
    const first = results.next();
    await settled();
    work.fail(2);
    work.end(1);
    expect((await first).value).toBe(1);
    let isOver = false;
    const second = results.next().finally(() => (isOver = true));
    await settled();
    expect(isOver).toBe(false);
    work.end(3);
    await expect(second).rejects.toThrow('no 2');
  });

  it('may come one after another; whoever leaves ends them, and when there can be no more of them, it fails', async () => {
    const log: string[] = [];
    const items = async function* (last: number): AsyncGenerator<number> {
      try {
        for (let n = 1; n <= last; n += 1) yield n;
        throw new Error('no more');
      } finally {
        log.push('ended');
      }
    };
    const doubled = async (n: number): Promise<number> => n * 2;
    for await (const each of inOrder(items(9), 2, doubled)) {
      log.push(String(each));
      if (each === 4) break;
    }
    expect(log).toEqual(['2', '4', 'ended']);
    const all: number[] = [];
    const failing = async (): Promise<void> => {
      for await (const each of inOrder(items(3), 2, doubled)) all.push(each);
    };
    await expect(failing()).rejects.toThrow('no more');
    expect(all).toEqual([2]);
  });
});

describe('a source', () => {
  async function* pieces(count: number, log: string[]): AsyncGenerator<Buffer> {
    try {
      for (let n = 0; n < count; n += 1) yield Buffer.from(String(n));
    } finally {
      log.push('let go');
    }
  }

  it('is held when it is small, and flows from its beginning when it is not; it is let go of in the end', async () => {
    const log: string[] = [];
    expect(await wholeOrFlowing(pieces(4, log), 4)).toEqual({ whole: Buffer.from('0123') });
    expect(log).toEqual(['let go']);
    const come = await wholeOrFlowing(pieces(6, log), 4);
    if (!('flowing' in come)) throw new Error('It was held.');
    const seen: string[] = [];
    for await (const piece of come.flowing) {
      seen.push(String(piece));
      if (seen.length === 5) break;
    }
    expect([seen.join(''), log]).toEqual(['01234', ['let go', 'let go']]);
  });
});
