import type { Hash } from 'node:crypto';
import { crc32, createInflateRaw } from 'node:zlib';
import { ZlibFeed } from './zlib-feed.js';

const CHUNK_BYTES = 256 * 1024;

/** Decompresses what is passed on, to know what it says: its length and CRC-32. */
export class InflateCheck {
  bytes = 0;
  crc = 0;
  private given = 0;
  private readonly inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  private readonly feed = new ZlibFeed(this.inflate);

  /** @param sha256 is given the content, too */
  constructor(sha256: Hash) {
    this.inflate.on('data', (piece: Buffer) => {
      this.bytes += piece.length;
      this.crc = crc32(piece, this.crc);
      sha256.update(piece);
    });
  }

  /** Never rejects, so that it may be waited for after the chunk was passed on: what is wrong, `verify` says. */
  write(chunk: Uint8Array): Promise<void> {
    this.given += chunk.length;
    return this.feed.write(chunk);
  }

  /**
   * @param lastBlock what ends the stream, and must be what does
   * @throws RangeError when anything was wrong
   */
  async end(lastBlock: Uint8Array): Promise<void> {
    await this.write(lastBlock);
    await this.feed.end();
    this.verify();
    // What follows a block that is still the last would be lost.
    if (this.inflate.bytesWritten !== this.given) throw new RangeError('What was joined ends too early.');
  }

  close(): void {
    this.inflate.destroy();
  }

  /** @throws RangeError when it was no deflate stream so far */
  verify(): void {
    const { failure } = this.feed;
    if (failure !== undefined) throw new RangeError('What was joined cannot be decompressed.', { cause: failure });
  }
}
