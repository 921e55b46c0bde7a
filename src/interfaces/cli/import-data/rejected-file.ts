import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { RejectedRows } from '../../../application/sales-reporting/imports/csv-import.js';

/** A file of bad rows that appears when it is complete, and only when there are any. */
export class RejectedFile implements RejectedRows {
  private header: Uint8Array | undefined;
  private file: FileHandle | undefined;

  constructor(private readonly path: string) {}

  async write(bytes: Uint8Array): Promise<void> {
    if (this.header === undefined) {
      this.header = bytes;
      return;
    }
    if (this.file === undefined) {
      this.file = await open(this.part, 'w');
      await this.file.appendFile(this.header);
    }
    await this.file.appendFile(bytes);
  }

  async keep(): Promise<void> {
    if (this.file === undefined) return;
    await this.file.close();
    this.file = undefined;
    await rename(this.part, this.path);
  }

  /** Nothing is left, unless it was kept. */
  async drop(): Promise<void> {
    if (this.file === undefined) return;
    await this.file.close();
    await rm(this.part, { force: true });
  }

  private get part(): string {
    return `${this.path}.part`;
  }
}
