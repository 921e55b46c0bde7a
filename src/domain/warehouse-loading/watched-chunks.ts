import type { RowChunk } from './row-chunks.js';

/** Chunks that remember how they failed, so that it is told as it was and not as a failure of whatever read them. */
export class WatchedChunks {
  failure: { readonly cause: unknown } | undefined;

  constructor(private readonly source: AsyncIterable<RowChunk>) {}

  async *chunks(): AsyncGenerator<RowChunk, void, undefined> {
    try {
      for await (const chunk of this.source) yield chunk;
    } catch (cause) {
      this.failure = { cause };
      throw cause;
    }
  }
}
