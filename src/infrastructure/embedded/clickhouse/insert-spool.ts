import { randomUUID } from 'node:crypto';
import { type FileHandle, copyFile, open, rm } from 'node:fs/promises';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { type DataDirectory, freeBytes } from './data-directory.js';
import { raise } from './exceptions.js';
import { LIMITS } from './limits.js';

/** The rows of one INSERT in a file, complete. */
export interface Spooled {
  readonly path: string;
  readonly bytes: number;
  remove(): Promise<void>;
}

/**
 * Keeps the rows of INSERTs until the last byte has come, so that an upload that breaks off inserts nothing. A file is
 * also the fastest way in: the engine reads it with all its threads, and this process never looks at a row.
 */
export class InsertSpool {
  constructor(
    private readonly directory: Pick<DataDirectory, 'spool' | 'memorySpool'>,
    private readonly maxBytes: number,
  ) {}

  /** Memory is not for keeps: what lies on the disk is removed with the directory, this would stay. */
  async close(): Promise<void> {
    if (this.directory.memorySpool) await rm(this.directory.memorySpool, { recursive: true, force: true });
  }

  async write(source: AsyncIterable<Buffer>): Promise<Spooled> {
    const file = await SpoolFile.create(this.directory);
    try {
      for await (const chunk of source) {
        if (file.bytes + chunk.length > this.maxBytes) throw tooLarge(this.maxBytes);
        await file.append(chunk);
      }
      await file.close();
      return { path: file.path, bytes: file.bytes, remove: () => file.remove() };
    } catch (cause) {
      await file.remove();
      throw cause;
    }
  }
}

export function tooLarge(maxBytes: number) {
  return raise('QUERY_IS_TOO_LARGE', `The request is longer than ${maxBytes} bytes.`);
}

class SpoolFile {
  bytes = 0;

  private constructor(
    public path: string,
    private handle: FileHandle,
    private readonly disk: string,
    private inMemory: boolean,
  ) {}

  static async create({ spool, memorySpool }: Pick<DataDirectory, 'spool' | 'memorySpool'>): Promise<SpoolFile> {
    const name = randomUUID();
    const inMemory = memorySpool !== undefined && hasRoom(memorySpool);
    const path = join(inMemory ? memorySpool : spool, name);
    return new SpoolFile(path, await open(path, 'wx', 0o600), join(spool, name), inMemory);
  }

  async append(chunk: Buffer): Promise<void> {
    if (this.inMemory && this.bytes + chunk.length > LIMITS.maxMemorySpoolBytes) await this.moveToDisk();
    if (!this.inMemory) await writeAll(this.handle, chunk);
    else if (!this.appendInMemory(chunk)) {
      await this.moveToDisk();
      await writeAll(this.handle, chunk);
    }
    this.bytes += chunk.length;
  }

  /** Writing to memory takes less time than asking a thread to do it. False when the file system is full. */
  private appendInMemory(chunk: Buffer): boolean {
    let done = 0;
    try {
      while (done < chunk.length)
        done += writeSync(this.handle.fd, chunk, done, chunk.length - done, this.bytes + done);
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') return false;
      throw cause;
    }
  }

  private async moveToDisk(): Promise<void> {
    await this.handle.truncate(this.bytes);
    await copyFile(this.path, this.disk);
    await this.remove();
    this.inMemory = false;
    this.path = this.disk;
    this.handle = await open(this.path, 'a', 0o600);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async remove(): Promise<void> {
    await this.handle.close().catch(() => undefined); // closed already when the rows were complete
    await rm(this.path, { force: true });
  }
}

/** False also when somebody swept the memory-backed files away under us. */
function hasRoom(memorySpool: string): boolean {
  try {
    return freeBytes(memorySpool) >= LIMITS.minFreeMemorySpoolBytes;
  } catch {
    return false;
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  let done = 0;
  while (done < chunk.length) done += (await handle.write(chunk, done)).bytesWritten;
}
