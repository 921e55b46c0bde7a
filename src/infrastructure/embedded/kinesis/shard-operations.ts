import { AwsError } from '../aws/aws-error.js';
import type { AwsJsonInput, AwsJsonOperation } from '../aws/aws-json-endpoint.js';
import { integer, readFields, required, structure, text, timestampMs, type Values } from '../aws/request-fields.js';
import { hashKeyFromDecimal, hashKeyNumber } from './hash-key.js';
import {
  findShard,
  findStream,
  type KinesisContext,
  REQUIRED_SHARD_ID,
  SHARD_ID,
  shardsOf,
  shardView,
  STREAM_FIELDS,
  streamArn,
} from './kinesis-context.js';
import { OpaqueTokens } from './opaque-token.js';
import { mergeShards, resizeUniformly, splitShard } from './resharding.js';
import { openShards, shardId, type ShardMetadata } from './stream-metadata.js';
import { mustNotExceed } from './stream-operations.js';
import type { Stream } from './stream.js';

const PAGE_SHARDS = 1000;
const HASH_KEY = text({ pattern: /^(0|([1-9]\d{0,38}))$/ });
const SHARD_FILTER = {
  Type: required(
    text({
      oneOf: ['AFTER_SHARD_ID', 'AT_TRIM_HORIZON', 'FROM_TRIM_HORIZON', 'AT_LATEST', 'AT_TIMESTAMP', 'FROM_TIMESTAMP'],
    }),
  ),
  ShardId: SHARD_ID,
  Timestamp: timestampMs(),
} as const;

type ShardFilter = Values<typeof SHARD_FILTER>;

interface ShardPage {
  readonly stream: string;
  readonly name: string;
  readonly after: string;
  readonly filter?: ShardFilter;
  readonly madeMs: number;
}

/** Shards: listed, split, merged, counted anew. */
export class ShardOperations {
  private readonly pages: OpaqueTokens<ShardPage>;

  constructor(private readonly context: KinesisContext) {
    this.pages = new OpaqueTokens(context.tokenSecret, 'shards');
  }

  operations(): [string, AwsJsonOperation][] {
    return [
      ['ListShards', async (input) => this.listShards(input)],
      ['SplitShard', (input) => this.split(input)],
      ['MergeShards', (input) => this.merge(input)],
      ['UpdateShardCount', (input) => this.updateShardCount(input)],
    ];
  }

  private listShards(input: AwsJsonInput): object {
    const request = readFields(input, {
      ...STREAM_FIELDS,
      NextToken: text({ min: 1, max: 1_048_576 }),
      ExclusiveStartShardId: SHARD_ID,
      MaxResults: integer(1, 10_000),
      ShardFilter: structure(SHARD_FILTER),
    });
    const { MaxResults = PAGE_SHARDS, NextToken } = request;
    if (NextToken !== undefined) return this.listFrom(this.openPage(NextToken, request), MaxResults);
    const { id, name } = findStream(this.context, request).metadata;
    const { ExclusiveStartShardId: after = '', ShardFilter: filter } = request;
    const madeMs = this.context.now();
    return this.listFrom({ stream: id, name, after, ...(filter ? { filter } : {}), madeMs }, MaxResults);
  }

  private listFrom(page: ShardPage, most: number): object {
    const stream = findStream(this.context, { StreamName: page.name });
    if (page.stream !== stream.metadata.id) throw invalidToken();
    const chosen = shardFilter(stream, page.filter);
    const rest = shardsOf(stream, (shard) => shardId(shard.index) > page.after && chosen(shard));
    const shards = rest.slice(0, most);
    const last = shards.at(-1);
    const Shards = shards.map(shardView);
    if (!last || shards.length === rest.length) return { Shards };
    const next = { ...page, after: shardId(last.metadata.index), madeMs: this.context.now() };
    return { Shards, NextToken: this.pages.seal(next) };
  }

  private openPage(token: string, request: object): ShardPage {
    const others = ['StreamName', 'StreamARN', 'ExclusiveStartShardId', 'ShardFilter'];
    const given = others.filter((name) => name in request);
    if (given.length > 0) {
      throw new AwsError('InvalidArgumentException', `NextToken and ${given.join(', ')} cannot be provided together.`);
    }
    const page = this.pages.open(token);
    if (!page) throw invalidToken();
    if (this.context.now() - page.madeMs <= this.context.tokenLifeMs) return page;
    throw new AwsError('ExpiredNextTokenException', 'NextToken has expired.');
  }

  private async split(input: AwsJsonInput): Promise<undefined> {
    const fields = { ...STREAM_FIELDS, ShardToSplit: REQUIRED_SHARD_ID, NewStartingHashKey: required(HASH_KEY) };
    const { ShardToSplit, NewStartingHashKey, ...reference } = readFields(input, fields);
    const stream = findStream(this.context, reference);
    stream.mustBeActive();
    const { metadata } = findShard(stream, ShardToSplit);
    const newStart = hashKeyFromDecimal(NewStartingHashKey);
    const lowest = hashKeyNumber(metadata.start) + 1n;
    if (newStart === undefined || hashKeyNumber(newStart) <= lowest || newStart >= metadata.end) {
      const message = `NewStartingHashKey ${NewStartingHashKey} used in SplitShard() on shard ${ShardToSplit} in stream ${stream.metadata.name} is not both greater than one plus the shard's StartingHashKey and less than the shard's EndingHashKey.`;
      throw new AwsError('InvalidArgumentException', message);
    }
    mustNotExceed(this.context, 1);
    await stream.reshard((current) => splitShard(current, metadata.index, newStart, this.context.now()));
  }

  private async merge(input: AwsJsonInput): Promise<undefined> {
    const fields = { ...STREAM_FIELDS, ShardToMerge: REQUIRED_SHARD_ID, AdjacentShardToMerge: REQUIRED_SHARD_ID };
    const { ShardToMerge, AdjacentShardToMerge, ...reference } = readFields(input, fields);
    const stream = findStream(this.context, reference);
    stream.mustBeActive();
    const { index } = findShard(stream, ShardToMerge).metadata;
    const { index: adjacent } = findShard(stream, AdjacentShardToMerge).metadata;
    await stream.reshard((current) => mergeShards(current, index, adjacent, this.context.now()));
  }

  private async updateShardCount(input: AwsJsonInput): Promise<object> {
    const fields = {
      ...STREAM_FIELDS,
      TargetShardCount: required(integer(1, 100_000)),
      ScalingType: required(text({ oneOf: ['UNIFORM_SCALING'] })),
    };
    const { TargetShardCount: target, ...reference } = readFields(input, fields);
    const stream = findStream(this.context, reference);
    stream.mustBeActive();
    const { name, shards } = stream.metadata;
    const count = openShards({ shards }).length;
    if (target > count * 2 || target < count / 2) {
      const message = `UpdateShardCount cannot scale beyond double or below half of the current open shard count. Current open shard count: ${count} Target shard count: ${target}`;
      throw new AwsError('InvalidArgumentException', message);
    }
    mustNotExceed(this.context, target - count);
    await stream.reshard((current) => resizeUniformly(current, target, this.context.now()));
    const StreamARN = streamArn(this.context, name);
    return { StreamName: name, StreamARN, CurrentShardCount: count, TargetShardCount: target };
  }
}

function shardFilter(stream: Stream, filter: ShardFilter | undefined): (shard: ShardMetadata) => boolean {
  const { Type = 'FROM_TRIM_HORIZON', ShardId, Timestamp } = filter ?? {};
  const { horizonMs } = stream;
  const beginMs = Math.max(horizonMs, stream.metadata.createdMs);
  const filters: Record<ShardFilter['Type'], () => (shard: ShardMetadata) => boolean> = {
    AFTER_SHARD_ID: () => {
      const after = need(ShardId, 'ShardId', Type);
      return ({ index }) => shardId(index) > after;
    },
    AT_LATEST: () => openSince(Number.POSITIVE_INFINITY),
    AT_TIMESTAMP: () => openAt(Math.max(need(Timestamp, 'Timestamp', Type), beginMs)),
    AT_TRIM_HORIZON: () => openAt(beginMs),
    FROM_TIMESTAMP: () => openSince(Math.max(need(Timestamp, 'Timestamp', Type), horizonMs)),
    FROM_TRIM_HORIZON: () => openSince(horizonMs),
  };
  return filters[Type]();
}

function openSince(ms: number): (shard: ShardMetadata) => boolean {
  return ({ closedMs }) => closedMs === undefined || closedMs >= ms;
}

function openAt(ms: number): (shard: ShardMetadata) => boolean {
  return ({ openedMs, closedMs }) => openedMs <= ms && (closedMs === undefined || closedMs >= ms);
}

function need<T>(value: T | undefined, member: string, type: string): T {
  if (value !== undefined) return value;
  throw new AwsError('InvalidArgumentException', `${member} must be given with the shard filter ${type}.`);
}

function invalidToken(): AwsError {
  return new AwsError('InvalidArgumentException', 'NextToken is not valid.');
}
