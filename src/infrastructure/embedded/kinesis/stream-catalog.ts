import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import { uniformRanges } from './hash-key.js';
import { Stream, type StreamOptions } from './stream.js';
import { loadMetadata, openShards, type StreamMetadata } from './stream-metadata.js';

export interface NewStream {
  readonly name: string;
  readonly mode: StreamMetadata['mode'];
  readonly shards: number;
  readonly maxRecordKiB: number;
  readonly tags: Readonly<Record<string, string>>;
}

const DELETED = '.deleted';

/** All streams of a data folder, which one process holds at a time. */
export class StreamCatalog {
  private readonly byName = new Map<string, Stream>();
  /** Names whose stream is just being made: a second request must not make another. */
  private readonly reserved = new Set<string>();

  private constructor(
    private readonly folder: string,
    private readonly lock: DirectoryLock,
    private readonly options: StreamOptions,
  ) {}

  /** @throws PenstockError `engine.unavailable` when another process holds the folder, or a file is damaged */
  static async open(dir: string, options: StreamOptions): Promise<StreamCatalog> {
    const folder = join(dir, 'streams');
    await mkdir(folder, { recursive: true });
    const lock = await lockDirectory(join(dir, 'lock'));
    const catalog = new StreamCatalog(folder, lock, options);
    try {
      for (const name of await readdir(folder)) await catalog.load(join(folder, name));
      return catalog;
    } catch (error) {
      await catalog.close();
      throw error;
    }
  }

  find(name: string): Stream | undefined {
    return this.byName.get(name);
  }

  /** In the order of their names. */
  all(): Stream[] {
    return [...this.byName.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  openShardCount(): number {
    return this.all().reduce((sum, { metadata }) => sum + openShards(metadata).length, 0);
  }

  /** Answers false, and does nothing, when there is a stream of that name. */
  async create(wanted: NewStream): Promise<boolean> {
    const { name } = wanted;
    if (this.byName.has(name) || this.reserved.has(name)) return false;
    this.reserved.add(name);
    try {
      const metadata = this.describe(wanted);
      this.byName.set(name, await Stream.create(join(this.folder, metadata.id), metadata, this.options));
      return true;
    } finally {
      this.reserved.delete(name);
    }
  }

  async delete(stream: Stream): Promise<void> {
    const { name, id } = stream.metadata;
    if (this.byName.get(name) !== stream) return;
    this.byName.delete(name);
    await stream.close();
    // One step that makes it gone for good; the rest is cleaning up, finished at the next start if need be.
    const remains = join(this.folder, id + DELETED);
    await rename(join(this.folder, id), remains);
    await rm(remains, { recursive: true, force: true });
  }

  async trim(): Promise<void> {
    for (const stream of this.all()) if (this.byName.get(stream.metadata.name) === stream) await stream.trim();
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map((stream) => stream.close()));
    await this.lock.release();
  }

  private async load(folder: string): Promise<void> {
    const metadata = folder.endsWith(DELETED) ? undefined : await loadMetadata(folder);
    if (metadata) this.byName.set(metadata.name, await Stream.open(folder, metadata, this.options));
    else await rm(folder, { recursive: true, force: true });
  }

  private describe({ name, mode, shards, maxRecordKiB, tags }: NewStream): StreamMetadata {
    const createdMs = this.options.now();
    const opened = { createdSecond: Math.floor(createdMs / 1000), openedMs: createdMs };
    return {
      version: 1,
      id: randomUUID(),
      name,
      mode,
      createdMs,
      retentionHours: 24,
      trimmedBeforeMs: 0,
      maxRecordKiB,
      tags,
      nextShardIndex: shards,
      shards: uniformRanges(shards).map((range, index) => ({ index, ...range, ...opened })),
    };
  }
}
