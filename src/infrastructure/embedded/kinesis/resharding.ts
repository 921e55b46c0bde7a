import { AwsError } from '../aws/aws-error.js';
import { type HashKey, hashKeyAfter, hashKeyBefore, uniformRanges } from './hash-key.js';
import { openShards, shardId, type ShardMetadata, type StreamMetadata } from './stream-metadata.js';

/** The stream as it is after one of its shards became two: below `newStart`, and from it on. */
export function splitShard(stream: StreamMetadata, index: number, newStart: HashKey, nowMs: number): StreamMetadata {
  const shard = openShard(stream, index);
  const children = [
    { start: shard.start, end: hashKeyBefore(newStart), parent: shard.index },
    { start: newStart, end: shard.end, parent: shard.index },
  ];
  return replaceShards(stream, [shard], children, nowMs);
}

/** The stream as it is after two neighbours became one shard. */
export function mergeShards(stream: StreamMetadata, index: number, adjacent: number, nowMs: number): StreamMetadata {
  const [shard, other] = [openShard(stream, index), openShard(stream, adjacent)];
  if (hashKeyAfter(shard.end) !== other.start && hashKeyAfter(other.end) !== shard.start) {
    throw new AwsError('InvalidArgumentException', 'The two shards to merge are not adjacent.');
  }
  const [low, high] = shard.start < other.start ? [shard, other] : [other, shard];
  const child = { start: low.start, end: high.end, parent: shard.index, adjacentParent: other.index };
  return replaceShards(stream, [shard, other], [child], nowMs);
}

/**
 * The stream as it is with `count` shards of equal size: first every missing border is cut, then what lies between two
 * borders is merged. Shards that only exist in between are closed as they are born, as on AWS.
 */
export function resizeUniformly(stream: StreamMetadata, count: number, nowMs: number): StreamMetadata {
  let resized = stream;
  const ranges = uniformRanges(count);
  for (const { start } of ranges) {
    const holder = openShards(resized).find((shard) => shard.start < start && start <= shard.end);
    if (holder) resized = splitShard(resized, holder.index, start, nowMs);
  }
  for (const { start, end } of ranges) {
    for (;;) {
      const within = openShards(resized).filter((shard) => shard.start >= start && shard.end <= end);
      const [first, second] = within.sort((a, b) => (a.start < b.start ? -1 : 1));
      if (!first || !second) break;
      resized = mergeShards(resized, first.index, second.index, nowMs);
    }
  }
  return resized;
}

type Child = Pick<ShardMetadata, 'start' | 'end' | 'parent' | 'adjacentParent'>;

function replaceShards(
  stream: StreamMetadata,
  parents: readonly ShardMetadata[],
  children: readonly Child[],
  nowMs: number,
): StreamMetadata {
  // A later second than the parents': so all sequence numbers of a child are larger than all of its parents'.
  const earliest = Math.max(...parents.map((parent) => parent.createdSecond)) + 1;
  const createdSecond = Math.max(Math.floor(nowMs / 1000), earliest);
  const kept = stream.shards.map((shard) => (parents.includes(shard) ? { ...shard, closedMs: nowMs } : shard));
  const made = children.map((child, at) => ({
    ...child,
    index: stream.nextShardIndex + at,
    createdSecond,
    openedMs: nowMs,
  }));
  return { ...stream, shards: [...kept, ...made], nextShardIndex: stream.nextShardIndex + made.length };
}

function openShard({ shards, name }: StreamMetadata, index: number): ShardMetadata {
  const shard = shards.find((candidate) => candidate.index === index);
  if (shard && shard.closedMs === undefined) return shard;
  throw new AwsError(
    'InvalidArgumentException',
    `Shard ${shardId(index)} in stream ${name} has already been merged or split, and thus is not eligible for merging or splitting.`,
  );
}
