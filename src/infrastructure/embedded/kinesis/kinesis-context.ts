import { AwsError } from '../aws/aws-error.js';
import { readFields, required, text } from '../aws/request-fields.js';
import { type HashKeyRange, hashKeyNumber } from './hash-key.js';
import type { KinesisLimits } from './limits.js';
import type { Shard } from './shard-set.js';
import { shardId, type ShardMetadata, type StreamMetadata } from './stream-metadata.js';
import type { Stream } from './stream.js';
import type { StreamCatalog } from './stream-catalog.js';

/** What the operations share. */
export interface KinesisContext {
  readonly catalog: StreamCatalog;
  readonly limits: KinesisLimits;
  readonly region: string;
  readonly now: () => number;
  /** Shard iterators and page tokens are good for so long. */
  readonly tokenLifeMs: number;
  /** Signs iterators and page tokens, so that they outlive a restart. */
  readonly tokenSecret: string;
}

export const ACCOUNT = '000000000000';

export const NAME = { min: 1, max: 128, pattern: /^[a-zA-Z0-9_.-]+$/ } as const;

/** Every operation on a stream takes its name or its ARN. */
export const STREAM_FIELDS = {
  StreamName: text(NAME),
  StreamARN: text({ min: 1, max: 2048, pattern: /^arn:aws.*:kinesis:.*:\d{12}:stream\/\S+$/ }),
} as const;

export const SHARD_ID = text(NAME);

export interface StreamReference {
  readonly StreamName?: string | undefined;
  readonly StreamARN?: string | undefined;
}

export function streamArn({ region }: KinesisContext, name: string): string {
  return `arn:aws:kinesis:${region}:${ACCOUNT}:stream/${name}`;
}

/** @throws AwsError `ResourceNotFoundException`, or `InvalidArgumentException` when no stream or two are named */
export function findStream(context: KinesisContext, reference: StreamReference): Stream {
  const name = streamName(context, reference);
  const stream = context.catalog.find(name);
  if (stream) return stream;
  throw new AwsError('ResourceNotFoundException', `Stream ${name} under account ${ACCOUNT} not found.`);
}

function streamName(context: KinesisContext, { StreamName, StreamARN }: StreamReference): string {
  if (StreamARN === undefined) {
    if (StreamName !== undefined) return StreamName;
    throw new AwsError('InvalidArgumentException', 'Either StreamName or StreamARN must be given.');
  }
  const name = StreamARN.slice(StreamARN.indexOf('/') + 1);
  if (StreamName !== undefined && StreamName !== name) {
    throw new AwsError('InvalidArgumentException', 'StreamName and StreamARN name different streams.');
  }
  if (StreamARN === streamArn(context, name)) return name;
  throw new AwsError('ResourceNotFoundException', `Stream ${StreamARN} not found.`);
}

/** A stream that can be written and read, which one that is being created cannot. */
export function findUsableStream(context: KinesisContext, reference: StreamReference): Stream {
  const stream = findStream(context, reference);
  if (stream.status !== 'CREATING') return stream;
  const { name } = stream.metadata;
  throw new AwsError('ResourceNotFoundException', `Stream ${name} under account ${ACCOUNT} not found.`);
}

/** @throws AwsError `ResourceNotFoundException` */
export function findShard(stream: Stream, id: string): Shard {
  const digits = /^shardId-(\d{12})$/.exec(id)?.[1];
  const shard = digits === undefined ? undefined : stream.shard(Number(digits));
  if (shard) return shard;
  const { name } = stream.metadata;
  throw new AwsError(
    'ResourceNotFoundException',
    `Could not find shard ${id} in stream ${name} under account ${ACCOUNT}.`,
  );
}

/** The member of a request that only operations on a stream as a whole have. */
export function readStream(context: KinesisContext, input: Readonly<Record<string, unknown>>): Stream {
  return findStream(context, readFields(input, STREAM_FIELDS));
}

export function shardView({ metadata, sequence }: Shard): object {
  const { index, parent, adjacentParent, closedMs } = metadata;
  return {
    ShardId: shardId(index),
    ...(parent === undefined ? {} : { ParentShardId: shardId(parent) }),
    ...(adjacentParent === undefined ? {} : { AdjacentParentShardId: shardId(adjacentParent) }),
    HashKeyRange: rangeView(metadata),
    SequenceNumberRange: {
      StartingSequenceNumber: sequence.starting,
      ...(closedMs === undefined ? {} : { EndingSequenceNumber: sequence.ending(closedMs) }),
    },
  };
}

export function rangeView({ start, end }: HashKeyRange): object {
  return { StartingHashKey: hashKeyNumber(start).toString(), EndingHashKey: hashKeyNumber(end).toString() };
}

/** Shards in the order of their ids, of which some may be chosen. */
export function shardsOf(stream: Stream, chosen: (shard: ShardMetadata) => boolean): Shard[] {
  return stream.metadata.shards.filter(chosen).flatMap(({ index }) => stream.shard(index) ?? []);
}

export function seconds(ms: number): number {
  return ms / 1000;
}

export function modeView({ mode }: StreamMetadata): object {
  return { StreamMode: mode };
}

export const REQUIRED_SHARD_ID = required(SHARD_ID);
