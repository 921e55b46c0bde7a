import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../domain/errors.js';
import { digests, type HourIds, readChunks, type Within } from './hour-digests.js';
import { ID_BYTES } from './run-record.js';

/** More digests than one set holds are first put into files of their own, by their first bytes; as many as this. */
const MAX_SHARES = 512;
const SHARE_BUFFER_DIGESTS = 682;
/** A digest in such a file: with the number of its hour behind it, in words of the machine. */
export const SHARED_WORDS = ID_BYTES / Uint32Array.BYTES_PER_ELEMENT + 1;
const SHARED_BYTES = SHARED_WORDS * Uint32Array.BYTES_PER_ELEMENT;

/** Digests, spread over files by themselves: equal ones are in the same file, in their order. */
export class DigestShares {
  private constructor(
    private readonly folder: string,
    private readonly files: readonly Within[],
  ) {}

  /**
   * @param atOnce digests that are looked at together
   * @throws PenstockError `export.too-large`
   */
  static async write(
    hours: readonly HourIds[],
    { folder, atOnce, signal }: { folder: string; atOnce: number; signal: AbortSignal },
  ): Promise<DigestShares> {
    const count = sharesOf(hours, atOnce);
    const own = await mkdtemp(join(folder, 'shares-'));
    const paths = Array.from({ length: count }, (_, share) => join(own, String(share)));
    const writers = await Promise.all(paths.map(async (path) => new ShareWriter(await open(path, 'w'))));
    try {
      for await (const { index, chunk } of digests(hours, signal)) {
        await spread(chunk, index, writers);
      }
      for (const writer of writers) await writer.flush();
    } catch (error) {
      await rm(own, { recursive: true, force: true });
      throw error;
    } finally {
      for (const writer of writers) await writer.close();
    }
    return new DigestShares(
      own,
      writers.map(({ written }, share) => ({ path: paths[share] ?? '', start: 0, end: written })),
    );
  }

  read(): AsyncGenerator<Buffer>[] {
    return this.files.map((file) => readChunks(file, SHARED_BYTES));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function spread(chunk: Buffer, index: number, writers: readonly ShareWriter[]): Promise<void> {
  for (let at = 0; at < chunk.length; at += ID_BYTES) {
    const writer = writers[chunk.readUInt32BE(at) % writers.length];
    if (writer?.add(chunk, at, index) === true) await writer.flush();
  }
}

class ShareWriter {
  written = 0;
  private readonly words = new Uint32Array(SHARE_BUFFER_DIGESTS * SHARED_WORDS);
  private readonly buffer = Buffer.from(this.words.buffer);
  private used = 0;

  constructor(private readonly file: FileHandle) {}

  /** @returns whether it must be flushed before the next one */
  add(chunk: Buffer, at: number, index: number): boolean {
    chunk.copy(this.buffer, this.used, at, at + ID_BYTES);
    this.words[(this.used + ID_BYTES) / Uint32Array.BYTES_PER_ELEMENT] = index;
    this.used += SHARED_BYTES;
    return this.used === this.buffer.length;
  }

  async flush(): Promise<void> {
    await this.file.writeFile(this.buffer.subarray(0, this.used));
    this.written += this.used;
    this.used = 0;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Shares are of about the same size; the set has room for those that are larger. */
function sharesOf(hours: readonly HourIds[], atOnce: number): number {
  const total = hours.reduce((sum, { ids }) => sum + ids, 0);
  const needed = Math.ceil(total / atOnce);
  if (needed <= MAX_SHARES) return needed;
  throw new PenstockError(
    'export.too-large',
    `There are ${total} ids, too many to compare; ask for fewer days at once.`,
  );
}
