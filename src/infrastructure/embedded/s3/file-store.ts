import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FileWriter } from './file-writer.js';
import type { IndexStore } from './index-store.js';
import { REFERENCES, referencesOf } from './index-keys.js';

/**
 * Content, in files that no client has a say in the names of. A file is written once, belongs to every object and part
 * whose record refers to it, and goes when none does any more and nobody reads it.
 */
export class FileStore {
  private readonly pins = new Map<string, number>();
  /** Files nobody refers to, which somebody still reads. */
  private readonly leaving = new Set<string>();
  private readonly removals = new Set<Promise<void>>();
  /** Folders that were written to, kept open. */
  private readonly shelves = new Map<string, Promise<FileHandle>>();

  private constructor(
    private readonly folder: string,
    private readonly index: IndexStore,
    private readonly onDefect: (error: unknown) => void,
  ) {}

  /** Removes what a killed process left half written, or had no time to remove. */
  static async open(folder: string, index: IndexStore, onDefect: (error: unknown) => void): Promise<FileStore> {
    const store = new FileStore(folder, index, onDefect);
    for (const shelf of SHELVES) await mkdir(join(folder, shelf), { recursive: true });
    await store.sweep();
    return store;
  }

  path(file: string): string {
    return join(this.folder, file.slice(0, SHELF_CHARS), file);
  }

  /** A new file; it is whole and on disk once its writer has finished, and gone if that never happens. */
  async create(): Promise<FileWriter> {
    const name = randomBytes(16).toString('hex');
    const path = this.path(name);
    const handle = await open(path, 'wx', 0o600);
    return new FileWriter(name, handle, { entered: this.enter(name), discard: () => unlink(path) });
  }

  /** Keeps files while they are read, though their objects may be overwritten; answers how to let them go. */
  pin(files: readonly string[]): () => void {
    for (const file of files) this.pins.set(file, (this.pins.get(file) ?? 0) + 1);
    let held = true;
    return () => {
      if (held) for (const file of files) this.unpin(file);
      held = false;
    };
  }

  /** Removes those of the files that nobody needs any more; by and by, nobody waits for it. */
  release(files: readonly string[]): void {
    if (files.length === 0) return;
    const removal: Promise<void> = this.remove(files)
      .catch(this.onDefect)
      .finally(() => this.removals.delete(removal));
    this.removals.add(removal);
  }

  /** Waits for removals that are under way. */
  async close(): Promise<void> {
    while (this.removals.size > 0) await Promise.all(this.removals);
    for (const folder of this.shelves.values()) await (await folder).close();
  }

  /** A file is only as durable as its entry in the folder. */
  private async enter(name: string): Promise<void> {
    const shelf = name.slice(0, SHELF_CHARS);
    const folder = this.shelves.get(shelf) ?? open(join(this.folder, shelf), 'r');
    this.shelves.set(shelf, folder);
    folder.catch(() => this.shelves.delete(shelf)); // another file may try again
    await (await folder).sync();
  }

  private unpin(file: string): void {
    const left = (this.pins.get(file) ?? 1) - 1;
    if (left > 0) {
      this.pins.set(file, left);
      return;
    }
    this.pins.delete(file);
    if (this.leaving.delete(file)) this.release([file]);
  }

  private async remove(files: readonly string[]): Promise<void> {
    const unneeded: string[] = [];
    for (const file of files) if (!(await this.index.hasAny(referencesOf(file)))) unneeded.push(file);
    // Whoever found a record that is gone by now has pinned its files in the same moment.
    for (const file of unneeded) {
      if (this.pins.has(file)) this.leaving.add(file);
      else await unlink(this.path(file)).catch(ignoreMissing);
    }
  }

  /** Both the names in the folders and the references are in order, so one pass over each tells what is left over. */
  private async sweep(): Promise<void> {
    for (const shelf of SHELVES) {
      const names = await readdir(join(this.folder, shelf));
      if (names.length === 0) continue;
      const needed = new Set<string>();
      for await (const key of this.index.keys(`${REFERENCES}${shelf}`)) needed.add(key.split('/')[1] ?? '');
      for (const name of names) if (!needed.has(name)) await unlink(join(this.folder, shelf, name));
    }
  }
}

/** Folders are faster with hundreds of files than with a hundred thousand. */
const SHELF_CHARS = 2;
const SHELVES = Array.from({ length: 256 }, (_, at) => at.toString(16).padStart(SHELF_CHARS, '0'));

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
