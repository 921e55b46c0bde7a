import { constants, crc32, createDeflateRaw } from 'node:zlib';

/** As zlib's own default. */
const LEVEL = 6;

/** What a compressed segment says. */
export interface Content {
  bytes: number;
  crc: number;
}

/** Compresses content to deflate blocks that end with a byte and are not the last: a segment of a joined stream. */
export async function* deflatedSegment(source: AsyncIterable<Uint8Array>, content: Content): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw({ level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
  const feeding = feed();
  try {
    for await (const chunk of deflate) yield chunk as Buffer;
    await feeding;
  } finally {
    deflate.destroy();
    await feeding.catch(() => undefined); // told above, where it is not a consequence of the end
  }

  async function feed(): Promise<void> {
    try {
      for await (const piece of source) {
        content.bytes += piece.length;
        content.crc = crc32(piece, content.crc);
        if (deflate.destroyed) return;
        await new Promise<void>((resolve) => deflate.write(piece, () => resolve()));
      }
      deflate.end();
    } catch (error) {
      deflate.destroy(error as Error);
    }
  }
}
