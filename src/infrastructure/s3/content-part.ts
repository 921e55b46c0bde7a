import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** A piece of content that is sent with one request, and can be sent again. */
export interface ContentPart {
  readonly bytes: number;
  /** Bytes it still takes. */
  readonly room: number;
  /** Whether the SDK can send it again by itself. */
  readonly isInMemory: boolean;
  add(chunk: Uint8Array): Promise<void>;
  /** The content, from its beginning at every call. */
  body(): Uint8Array | Readable;
  /** Gives its memory or file back. */
  release(): Promise<void>;
}

/** Most parts are much smaller than they may be. */
const FIRST_BYTES = 64 * 1024;
const GROWTH = 8;

/** A part in memory that grows as it is filled; memory of the full size is used again for the next parts. */
export class MemoryPart implements ContentPart {
  readonly isInMemory = true;
  bytes = 0;
  private memory: Buffer;

  constructor(
    private readonly maxBytes: number,
    private readonly spare: Buffer[],
  ) {
    this.memory = spare.pop() ?? Buffer.allocUnsafeSlow(Math.min(maxBytes, FIRST_BYTES));
  }

  get room(): number {
    return this.maxBytes - this.bytes;
  }

  async add(chunk: Uint8Array): Promise<void> {
    const needed = this.bytes + chunk.length;
    if (needed > this.memory.length) {
      const larger = Math.min(this.maxBytes, Math.max(needed, this.memory.length * GROWTH));
      const memory = Buffer.allocUnsafeSlow(larger);
      this.memory.copy(memory, 0, 0, this.bytes);
      this.memory = memory;
    }
    this.memory.set(chunk, this.bytes);
    this.bytes = needed;
  }

  body(): Uint8Array {
    return this.memory.subarray(0, this.bytes);
  }

  async release(): Promise<void> {
    if (this.memory.length === this.maxBytes) this.spare.push(this.memory);
    this.memory = Buffer.alloc(0);
  }
}

/** A part that is too large for memory, in a file that has no name any more and goes with the process. */
export class FilePart implements ContentPart {
  readonly isInMemory = false;
  bytes = 0;

  private constructor(
    private readonly maxBytes: number,
    private readonly file: FileHandle,
  ) {}

  static async open(maxBytes: number): Promise<FilePart> {
    const path = join(tmpdir(), `penstock-part-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return new FilePart(maxBytes, file);
  }

  get room(): number {
    return this.maxBytes - this.bytes;
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length;) {
      done += (await this.file.write(chunk, done, chunk.length - done, this.bytes + done)).bytesWritten;
    }
    this.bytes += chunk.length;
  }

  body(): Readable {
    return this.file.createReadStream({ start: 0, end: this.bytes - 1, autoClose: false });
  }

  async release(): Promise<void> {
    await this.file.close();
  }
}
