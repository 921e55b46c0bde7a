import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { RejectedRows } from '../../../application/sales-reporting/imports/csv-import.js';

/** A file of bad rows that appears when it is complete, and only when there are any. */
export class RejectedFile implements RejectedRows {
  private header: Uint8Array = new Uint8Array(0);
  private file: FileHandle | undefined;

  constructor(private readonly path: string) {}

  async begin(header: Uint8Array): Promise<void> {
    await this.drop();
    this.file = undefined;
    this.header = header;
  }

  async write(records: Uint8Array): Promise<void> {
    if (this.file === undefined) {
      this.file = await open(this.part, 'w');
      await this.file.appendFile(this.header);
    }
    await this.file.appendFile(records);
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
