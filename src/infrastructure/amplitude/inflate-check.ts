import { createHash } from 'node:crypto';
import { crc32, createInflateRaw } from 'node:zlib';
import { ZlibFeed } from './zlib-feed.js';

const CHUNK_BYTES = 256 * 1024;

/** Decompresses what is passed on, to know what it says: its length, CRC-32 and SHA-256. */
export class InflateCheck {
  bytes = 0;
  crc = 0;
  private readonly sha256 = createHash('sha256');
  private readonly inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  private readonly feed = new ZlibFeed(this.inflate);

  constructor() {
    this.inflate.on('data', (piece: Buffer) => {
      this.bytes += piece.length;
      this.crc = crc32(piece, this.crc);
      this.sha256.update(piece);
    });
  }

  /** Never rejects, so that it may be waited for after the chunk was passed on: what is wrong, `verify` says. */
  write(chunk: Uint8Array): Promise<void> {
    return this.feed.write(chunk);
  }

  /** @returns the SHA-256 of the content */
  async end(): Promise<string> {
    await this.feed.end();
    this.verify();
    return this.sha256.digest('hex');
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
