import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, unlink } from 'node:fs/promises';
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
  private readonly lookups = new Set<Promise<unknown>>();
  private readonly removals = new Set<Promise<void>>();

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
    return new FileWriter(name, handle, {
      settle: () => syncFolder(join(this.folder, name.slice(0, SHELF_CHARS))),
      discard: () => unlink(path),
    });
  }

  /** Looks up records whose files are to be pinned before it ends: till then none of them is removed. */
  lookup<T>(work: () => Promise<T>): Promise<T> {
    const run = work();
    const done: Promise<unknown> = run.catch(() => undefined).finally(() => this.lookups.delete(done));
    this.lookups.add(done);
    return run;
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
    // A lookup that began while a record was still there may be about to pin its files; later ones cannot find it.
    await Promise.all(this.lookups);
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

/** A file is only as durable as its entry in the folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
