import type { RowChunk } from './row-chunks.js';

/**
 * The same chunks, of which the first comes when all are there, or so many bytes of them: what then waits for a turn, or
 * holds it, does not wait for whoever sends the rows, unless they are more.
 */
export async function* gatheredChunks(
  source: AsyncIterable<RowChunk>,
  maxBytes: number,
): AsyncGenerator<RowChunk, void, undefined> {
  const held: RowChunk[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    held.push(chunk);
    bytes += chunk.bytes;
    if (bytes >= maxBytes) yield* taken(held);
  }
  yield* taken(held);
}

/** None is kept in memory that was given away. */
function* taken(chunks: RowChunk[]): Generator<RowChunk, void, undefined> {
  for (let next = chunks.shift(); next !== undefined; next = chunks.shift()) yield next;
}
