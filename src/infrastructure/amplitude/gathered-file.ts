import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PenstockError } from '../../domain/errors.js';

/** What is gathered before it is written. */
const GATHERED_BYTES = 1024 * 1024;

/** A file that is written at its end, in large pieces. It is made with the first one: what stays smaller is in memory alone. */
export class GatheredFile {
  private file: FileHandle | undefined;
  private written = 0;
  private gathered: Uint8Array[] = [];
  private gatheredBytes = 0;

  constructor(readonly path: string) {}

  get length(): number {
    return this.written + this.gatheredBytes;
  }

  /**
   * @param bytes are held on to for a while: they must not be changed
   * @throws PenstockError `export.no-space`
   */
  async append(bytes: Uint8Array): Promise<void> {
    this.gathered.push(bytes);
    this.gatheredBytes += bytes.length;
    if (this.gatheredBytes >= GATHERED_BYTES) await this.flush();
  }

  /** Takes away what is behind a length that it had before. */
  async rewind(length: number): Promise<void> {
    const kept = Buffer.concat(this.gathered).subarray(0, Math.max(0, length - this.written));
    [this.gathered, this.gatheredBytes] = [[kept], kept.length];
    if (length >= this.written) return;
    await this.file?.truncate(length);
    this.written = length;
  }

  async *content(): AsyncGenerator<Uint8Array> {
    if (this.written > 0) yield* createReadStream(this.path, { end: this.written - 1 }) as AsyncIterable<Buffer>;
    yield* this.gathered;
  }

  /** @throws PenstockError `export.no-space` */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.gathered);
    [this.gathered, this.gatheredBytes] = [[], 0];
    try {
      this.file ??= await open(this.path, 'ax');
      // Goes on where a full disk took only some of the bytes, and fails.
      await this.file.writeFile(bytes);
    } catch (error) {
      throw isDiskFull(error) ? noSpace('The disk of PENSTOCK_HOME is full.', error) : error;
    }
    this.written += bytes.length;
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }
}

export function noSpace(message: string, cause?: unknown): PenstockError {
  return new PenstockError('export.no-space', message, { cause });
}

export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
