import { constants, crc32, createDeflateRaw } from 'node:zlib';
import { type Content, LEVEL } from './content.js';
import { ZlibFeed } from './zlib-feed.js';

/** Compresses content to deflate blocks that end with a byte and are not the last: a segment of a joined stream. */
export async function* deflatedSegment(source: AsyncIterable<Uint8Array>, content: Content): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw({ level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
  const feed = new ZlibFeed(deflate);
  const feeding = feedAll(source, feed, content);
  try {
    for await (const chunk of deflate) yield chunk as Buffer;
  } catch (error) {
    throw feed.failure ?? error; // destroying the stream is how the source's own failure ends it
  } finally {
    deflate.destroy();
    await feeding;
  }
}

async function feedAll(source: AsyncIterable<Uint8Array>, feed: ZlibFeed, content: Content): Promise<void> {
  try {
    for await (const piece of source) {
      content.bytes += piece.length;
      content.crc = crc32(piece, content.crc);
      await feed.write(piece);
      if (feed.isOver) return;
    }
    await feed.end();
  } catch (error) {
    feed.fail(error);
  }
}
