import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HashKey } from './hash-key.js';
import { ShardSequence } from './sequence-number.js';
import { ShardLog, type ShardLogOptions } from './shard-log.js';
import { shardId, type ShardMetadata } from './stream-metadata.js';

/** One shard that can be read, and written while it is open. */
export interface Shard {
  readonly metadata: ShardMetadata;
  readonly sequence: ShardSequence;
  readonly log: ShardLog;
}

/** The shards of one stream, each in a folder of its own. */
export class ShardSet {
  private readonly byIndex = new Map<number, Shard>();
  /** In the order of their hash keys, which they cover without gaps. */
  private routes: Shard[] = [];

  constructor(
    private readonly folder: string,
    private readonly options: ShardLogOptions,
  ) {}

  get(index: number): Shard | undefined {
    return this.byIndex.get(index);
  }

  all(): Shard[] {
    return [...this.byIndex.values()];
  }

  /** The open shard that takes records of this hash key. */
  shardOf(hashKey: HashKey): Shard {
    let low = 0;
    let high = this.routes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const start = this.routes[middle]?.metadata.start ?? '';
      if (start <= hashKey) low = middle;
      else high = middle - 1;
    }
    const shard = this.routes[low];
    if (!shard) throw new Error('A stream has no open shard.');
    return shard;
  }

  /** Opens the files of shards that are not open yet; nothing is read from or written to them before `use`. */
  async openFiles(shards: readonly ShardMetadata[]): Promise<Shard[]> {
    const missing = shards.filter(({ index }) => !this.byIndex.has(index));
    return Promise.all(
      missing.map(async (metadata) => {
        const sequence = new ShardSequence(metadata.index, metadata.createdSecond);
        const log = await ShardLog.open(this.folderOf(metadata.index), sequence, this.options);
        return { metadata, sequence, log };
      }),
    );
  }

  /** Makes these the shards of the stream, of which `opened` are new. */
  use(shards: readonly ShardMetadata[], opened: readonly Shard[]): void {
    const logs = new Map([...this.byIndex.values(), ...opened].map((shard) => [shard.metadata.index, shard]));
    this.byIndex.clear();
    for (const metadata of shards) {
      const shard = logs.get(metadata.index);
      if (shard) this.byIndex.set(metadata.index, { ...shard, metadata });
    }
    const open = this.all().filter(({ metadata }) => metadata.closedMs === undefined);
    this.routes = open.sort((a, b) => (a.metadata.start < b.metadata.start ? -1 : 1));
  }

  /** Resolves when all records given to the shards so far are written. */
  async settled(): Promise<void> {
    await Promise.all(this.all().map(({ log }) => log.settled()));
  }

  async close(indexes: readonly number[]): Promise<void> {
    const shards = indexes.flatMap((index) => this.byIndex.get(index) ?? []);
    await Promise.all(shards.map(({ log }) => log.close()));
  }

  async removeFiles(index: number): Promise<void> {
    await rm(this.folderOf(index), { recursive: true, force: true });
  }

  /** Folders of shards that are not listed: left behind by a split or a removal that did not end. */
  async removeStrangers(shards: readonly ShardMetadata[]): Promise<void> {
    const known = new Set(shards.map(({ index }) => shardId(index)));
    const names = await readdir(this.folder);
    const strangers = names.filter((name) => name.startsWith('shardId-') && !known.has(name));
    for (const name of strangers) await rm(join(this.folder, name), { recursive: true, force: true });
  }

  private folderOf(index: number): string {
    return join(this.folder, shardId(index));
  }
}
