import { describe, expect, it } from 'vitest';
import { gatheredChunks } from '../../../../src/domain/warehouse-loading/gathered-chunks.js';
import type { RowChunk } from '../../../../src/domain/warehouse-loading/row-chunks.js';

describe('gathered chunks', () => {
  const chunks = (count: number): RowChunk[] =>
    Array.from({ length: count }, (_, first) => ({ first, rows: [], lines: [], bytes: 10, following: 0 }));

  /** What was read of the source when each chunk came. */
  const readAhead = async (count: number, maxBytes: number): Promise<number[]> => {
    let read = 0;
    const source = (async function* (): AsyncGenerator<RowChunk> {
      for (const chunk of chunks(count)) {
        read += 1;
        yield chunk;
      }
    })();
    const seen: number[] = [];
    const got: RowChunk[] = [];
    for await (const chunk of gatheredChunks(source, maxBytes)) {
      got.push(chunk);
      seen.push(read);
    }
    expect(got).toEqual(chunks(count));
    return seen;
  };

  it('come when all are there', async () => {
    expect(await readAhead(3, 1000)).toEqual([3, 3, 3]);
    expect(await readAhead(0, 1000)).toEqual([]);
  });

  it('come one by one where they are more than is held', async () => {
    expect(await readAhead(5, 30)).toEqual([3, 3, 3, 4, 5]);
  });

  it('fail before the first where the source does', async () => {
    const source = (async function* (): AsyncGenerator<RowChunk> {
      yield* chunks(2);
      throw new Error('cut');
    })();
    await expect(gatheredChunks(source, 1000).next()).rejects.toThrow('cut');
  });
});
