import type { BatchedRows } from './row-chunks.js';

/** Rows that are all there: waiting for each by itself costs as much as reading it. */
export class ArrayRows implements AsyncIterable<unknown>, BatchedRows {
  constructor(private readonly rows: readonly unknown[]) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    yield* this.rows;
  }

  async *batches(): AsyncGenerator<readonly unknown[], void, undefined> {
    yield this.rows;
  }
}
