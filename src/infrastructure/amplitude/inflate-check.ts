import { createHash } from 'node:crypto';
import { crc32, createInflateRaw } from 'node:zlib';

const CHUNK_BYTES = 256 * 1024;

/** Decompresses what is passed on, to know what it says: its length, CRC-32 and SHA-256. */
export class InflateCheck {
  bytes = 0;
  crc = 0;
  private readonly sha256 = createHash('sha256');
  private readonly inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  private failure: unknown;

  constructor() {
    this.inflate.on('data', (piece: Buffer) => {
      this.bytes += piece.length;
      this.crc = crc32(piece, this.crc);
      this.sha256.update(piece);
    });
    this.inflate.on('error', (error) => {
      this.failure = error;
    });
  }

  /** @throws RangeError when it is no deflate stream */
  async write(chunk: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.inflate.write(chunk, () => resolve()));
    this.check();
  }

  /** @returns the SHA-256 of the content */
  async end(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.inflate.once('close', resolve);
      this.inflate.end();
    });
    this.check();
    return this.sha256.digest('hex');
  }

  close(): void {
    this.inflate.destroy();
  }

  private check(): void {
    if (this.failure !== undefined)
      throw new RangeError('What was joined cannot be decompressed.', { cause: this.failure });
  }
}
