import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../../domain/errors.js';
import type { HashKey } from './hash-key.js';
import { replaceFile } from './replace-file.js';

export interface ShardMetadata {
  /** The number in its id; never used again within the stream. */
  readonly index: number;
  readonly start: HashKey;
  readonly end: HashKey;
  readonly parent?: number;
  readonly adjacentParent?: number;
  /** Part of its sequence numbers; always later than that of its parents. */
  readonly createdSecond: number;
  readonly openedMs: number;
  readonly closedMs?: number;
}

export interface StreamMetadata {
  readonly version: 1;
  /** Tells a stream from a later one of the same name; also its folder. */
  readonly id: string;
  readonly name: string;
  readonly mode: 'PROVISIONED' | 'ON_DEMAND';
  readonly createdMs: number;
  readonly retentionHours: number;
  /** What retention once removed stays removed, even when it is prolonged later. */
  readonly trimmedBeforeMs: number;
  readonly maxRecordKiB: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly nextShardIndex: number;
  /** In the order of their indexes: parents before children. */
  readonly shards: readonly ShardMetadata[];
}

export function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`;
}

export function openShards({ shards }: Pick<StreamMetadata, 'shards'>): ShardMetadata[] {
  return shards.filter((shard) => shard.closedMs === undefined);
}

export async function saveMetadata(folder: string, metadata: StreamMetadata, sync: boolean): Promise<void> {
  await replaceFile(join(folder, FILE), JSON.stringify(metadata, undefined, 2), sync);
}

/** Nothing when the folder was left behind by a creation that did not end. */
export async function loadMetadata(folder: string): Promise<StreamMetadata | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
  // Written by saveMetadata and renamed into place; only another version of Penstock would write another shape.
  const metadata = JSON.parse(text) as StreamMetadata;
  if (metadata.version === 1) return metadata;
  throw new PenstockError('engine.unavailable', `The Kinesis data in ${folder} is of another version.`);
}

const FILE = 'stream.json';
