import type { Hash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { releaseLast } from './at-once.js';
import type { Content } from './content.js';
import { GZIP_HEADER, gzipEnd } from './joined-deflate.js';
import { ZlibFeed } from './zlib-feed.js';

const CHUNK_BYTES = 512 * 1024;

/** Decompresses what is passed on of a joined stream, as a gzip member whose length and CRC-32 zlib compares. */
export class InflateCheck {
  private readonly gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  private readonly feed = new ZlibFeed(this.gunzip);

  /** @param sha256 is given the content */
  constructor(sha256: Hash) {
    const take = (piece: Buffer): void => {
      sha256.update(piece);
      releaseLast(piece);
    };
    // Afterwards: the next piece is decompressed meanwhile.
    this.gunzip.on('data', (piece: Buffer) => queueMicrotask(() => take(piece)));
    this.gunzip.write(GZIP_HEADER);
  }

  /** Never rejects, so that it may be waited for after the chunk was passed on: what is wrong, `verify` says. */
  write(chunk: Uint8Array): Promise<void> {
    return this.feed.write(chunk);
  }

  /** @throws RangeError when it does not say what it should */
  async end(content: Content): Promise<void> {
    await this.write(gzipEnd(content));
    await this.feed.end();
    this.verify();
  }

  close(): void {
    this.gunzip.destroy();
  }

  /** @throws RangeError when it was no deflate stream so far */
  verify(): void {
    const { failure } = this.feed;
    if (failure !== undefined) throw new RangeError('What was joined is not its parts.', { cause: failure });
  }
}
