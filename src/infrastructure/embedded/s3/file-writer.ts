import type { FileHandle } from 'node:fs/promises';
import { FILE_PIECE_BYTES, SYNC_EVERY_BYTES } from './limits.js';

/** Writes one file from its beginning to its end, while its content still comes in. */
export class FileWriter {
  bytes = 0;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private unsyncedBytes = 0;
  /** One write at a time, while the next one is gathered. */
  private writing: Promise<void> = Promise.resolve();
  private syncing: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private readonly handle: FileHandle,
    /** `entered`: fulfilled when the file's name is on disk. */
    private readonly place: { readonly entered: Promise<void>; discard(): Promise<void> },
  ) {
    place.entered.catch(() => undefined); // met by `finish`
  }

  /** Answers when more may come. The bytes must not be changed afterwards. */
  async write(piece: Buffer): Promise<void> {
    this.waiting.push(piece);
    this.waitingBytes += piece.length;
    this.bytes += piece.length;
    if (this.waitingBytes >= FILE_PIECE_BYTES) await this.flush();
  }

  /** Answers when everything is on disk. */
  async finish(): Promise<void> {
    await this.flush();
    await this.writing;
    await this.syncing;
    await this.handle.datasync();
    await this.handle.close();
    await this.place.entered;
  }

  /** Gives the file up, whatever state it is in. */
  async discard(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.syncing?.catch(() => undefined);
    await this.handle.close().catch(() => undefined); // closed already, when it was finished
    await this.place.discard();
  }

  private async flush(): Promise<void> {
    await this.writing;
    const pieces = this.waiting;
    if (pieces.length === 0) return;
    this.writing = this.writeAll(pieces, this.waitingBytes);
    this.writing.catch(() => undefined); // met by whoever waits for it next
    this.waiting = [];
    this.waitingBytes = 0;
  }

  private async writeAll(pieces: Buffer[], bytes: number): Promise<void> {
    await writeWhole(this.handle, pieces, bytes);
    this.unsyncedBytes += bytes;
    if (this.unsyncedBytes < SYNC_EVERY_BYTES) return;
    this.unsyncedBytes = 0;
    await this.syncing;
    this.syncing = this.handle.datasync();
    this.syncing.catch(() => undefined); // as above
  }
}

async function writeWhole(handle: FileHandle, pieces: Buffer[], bytes: number): Promise<void> {
  let { bytesWritten: left } = await handle.writev(pieces);
  if (left === bytes) return;
  // A write that was cut short, on a disk that is nearly full mostly: what is left goes piece by piece.
  for (const piece of pieces) {
    if (left >= piece.length) left -= piece.length;
    else {
      await handle.writeFile(piece.subarray(left));
      left = 0;
    }
  }
}
