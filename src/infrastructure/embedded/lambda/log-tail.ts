import { Buffer } from 'node:buffer';

/** The last bytes of what was written. */
export class LogTail {
  private chunks: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly limit: number) {}

  write(chunk: Uint8Array | string): void {
    const bytes = Buffer.from(chunk);
    this.chunks.push(bytes);
    this.bytes += bytes.length;
    while (this.bytes - (this.chunks[0]?.length ?? 0) >= this.limit) this.bytes -= this.chunks.shift()?.length ?? 0;
  }

  /** What is there, and begins anew. */
  take(): Buffer {
    const all = Buffer.concat(this.chunks);
    this.chunks = [];
    this.bytes = 0;
    return all.subarray(Math.max(0, all.length - this.limit));
  }
}
