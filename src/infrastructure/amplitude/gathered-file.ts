import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PenstockError } from '../../domain/errors.js';
import { release } from './at-once.js';

/** What is gathered before it is written. */
const GATHERED_BYTES = 1024 * 1024;

/** A file that is written at its end, in large pieces. It is made with the first one: what stays smaller is in memory alone. */
export class GatheredFile {
  private file: FileHandle | undefined;
  private written = 0;
  private readonly gathered = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  private used = 0;

  constructor(readonly path: string) {}

  get length(): number {
    return this.written + this.used;
  }

  /** @throws PenstockError `export.no-space` */
  async append(bytes: Uint8Array): Promise<void> {
    if (bytes.length > GATHERED_BYTES - this.used) await this.flush();
    if (bytes.length > GATHERED_BYTES) return this.write(bytes);
    this.gathered.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** Takes away what is behind a length that it had before. */
  async rewind(length: number): Promise<void> {
    this.used = Math.max(0, length - this.written);
    if (length >= this.written) return;
    await this.file?.truncate(length);
    this.written = length;
  }

  async *content(): AsyncGenerator<Uint8Array> {
    if (this.written > 0) yield* createReadStream(this.path, { end: this.written - 1 }) as AsyncIterable<Buffer>;
    yield this.gathered.subarray(0, this.used);
  }

  /** @throws PenstockError `export.no-space` */
  async flush(): Promise<void> {
    await this.write(this.gathered.subarray(0, this.used));
    this.used = 0;
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
    release(this.gathered);
  }

  private async write(bytes: Uint8Array): Promise<void> {
    try {
      this.file ??= await open(this.path, 'ax');
      // Goes on where a full disk took only some of the bytes, and fails.
      await this.file.writeFile(bytes);
    } catch (error) {
      throw isDiskFull(error) ? noSpace('The disk of PENSTOCK_HOME is full.', error) : error;
    }
    this.written += bytes.length;
  }
}

export function noSpace(message: string, cause?: unknown): PenstockError {
  return new PenstockError('export.no-space', message, { cause });
}

export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
