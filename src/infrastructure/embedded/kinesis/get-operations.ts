import { AwsError } from '../aws/aws-error.js';
import type { AwsJsonInput, AwsJsonOperation } from '../aws/aws-json-endpoint.js';
import { integer, readFields, required, text, timestampMs, type Values } from '../aws/request-fields.js';
import {
  findShard,
  findUsableStream,
  type KinesisContext,
  rangeView,
  REQUIRED_SHARD_ID,
  STREAM_FIELDS,
} from './kinesis-context.js';
import { OpaqueTokens } from './opaque-token.js';
import type { RecordRun } from './record-run.js';
import type { Shard } from './shard-set.js';
import { shardId } from './stream-metadata.js';
import type { Stream } from './stream.js';

const ITERATOR_FIELDS = {
  ...STREAM_FIELDS,
  ShardId: REQUIRED_SHARD_ID,
  ShardIteratorType: required(
    text({ oneOf: ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER', 'TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] }),
  ),
  StartingSequenceNumber: text({ pattern: /^(0|([1-9]\d{0,128}))$/ }),
  Timestamp: timestampMs(),
} as const;

type IteratorRequest = Values<typeof ITERATOR_FIELDS>;

/** A place in a shard: the index of the record to be read next. */
interface ShardIterator {
  readonly stream: string;
  readonly name: string;
  readonly shard: number;
  readonly index: number;
  readonly madeMs: number;
}

/** Records out of shards. */
export class GetOperations {
  private readonly iterators: OpaqueTokens<ShardIterator>;

  constructor(private readonly context: KinesisContext) {
    this.iterators = new OpaqueTokens(context.tokenSecret, 'iterator');
  }

  operations(): [string, AwsJsonOperation][] {
    return [
      ['GetShardIterator', (input) => this.getShardIterator(input)],
      ['GetRecords', (input) => this.getRecords(input)],
    ];
  }

  private async getShardIterator(input: AwsJsonInput): Promise<object> {
    const request = readFields(input, ITERATOR_FIELDS);
    const stream = findUsableStream(this.context, request);
    const shard = findShard(stream, request.ShardId);
    return { ShardIterator: this.iterator(stream, shard, await this.startingIndex(stream, shard, request)) };
  }

  private iterator({ metadata }: Stream, shard: Shard, index: number): string {
    const { id, name } = metadata;
    return this.iterators.seal({ stream: id, name, shard: shard.metadata.index, index, madeMs: this.context.now() });
  }

  private async startingIndex(stream: Stream, shard: Shard, request: IteratorRequest): Promise<number> {
    const { log } = shard;
    const starts: Record<IteratorRequest['ShardIteratorType'], () => number | Promise<number>> = {
      TRIM_HORIZON: () => log.firstIndex,
      LATEST: () => log.nextIndex,
      AT_TIMESTAMP: () => log.indexAtTime(this.startingTime(request)),
      AT_SEQUENCE_NUMBER: () => numberedIndex(stream, shard, request),
      AFTER_SEQUENCE_NUMBER: () => Math.min(numberedIndex(stream, shard, request) + 1, log.nextIndex),
    };
    return starts[request.ShardIteratorType]();
  }

  private startingTime({ Timestamp: ms }: IteratorRequest): number {
    if (ms === undefined) throw new AwsError('InvalidArgumentException', 'Must specify timestampInMillis parameter.');
    const now = this.context.now();
    if (ms <= now) return ms;
    const message = `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${ms}, currentTimestampInMillis: ${now}`;
    throw new AwsError('InvalidArgumentException', message);
  }

  private async getRecords(input: AwsJsonInput): Promise<Buffer> {
    const { limits } = this.context;
    const fields = {
      ShardIterator: required(text({ min: 1, max: 512 })),
      StreamARN: STREAM_FIELDS.StreamARN,
      Limit: integer(1, limits.getRecords),
    };
    const { ShardIterator, StreamARN, Limit = limits.getRecords } = readFields(input, fields);
    const place = this.openIterator(ShardIterator);
    const stream = findUsableStream(this.context, { StreamName: place.name, StreamARN });
    const shard = stream.metadata.id === place.stream ? stream.shard(place.shard) : undefined;
    if (!shard) throw new AwsError('ResourceNotFoundException', 'The shard of the iterator does not exist any more.');
    const run = await stream.read(shard, place.index, { records: Limit, payloadBytes: limits.getRecordsBytes });
    return recordsAnswer(run, this.whatFollows(stream, shard, run));
  }

  private openIterator(token: string): ShardIterator {
    const place = this.iterators.open(token);
    if (!place) throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.');
    const ageMs = this.context.now() - place.madeMs;
    if (ageMs <= this.context.tokenLifeMs) return place;
    const message = `Iterator expired. The iterator is ${ageMs} ms old, while the maximum allowed is ${this.context.tokenLifeMs} ms.`;
    throw new AwsError('ExpiredIteratorException', message);
  }

  private whatFollows(stream: Stream, { metadata, log }: Shard, run: RecordRun): object {
    const isAtTip = run.nextIndex >= log.nextIndex;
    // Asked after the reading: the shard may have been closed meanwhile, but then it has no more records either.
    const shard = stream.shard(metadata.index);
    const behindMs = isAtTip ? 0 : Math.max(1, this.context.now() - (run.lastTimeMs ?? 0));
    if (shard && (!isAtTip || shard.metadata.closedMs === undefined)) {
      return { NextShardIterator: this.iterator(stream, shard, run.nextIndex), MillisBehindLatest: behindMs };
    }
    return { NextShardIterator: null, MillisBehindLatest: 0, ChildShards: childrenOf(stream, metadata.index) };
  }
}

/** @throws AwsError `InvalidArgumentException` for a number the shard has not given out */
function numberedIndex(
  { metadata }: Stream,
  { metadata: shard, sequence, log }: Shard,
  request: IteratorRequest,
): number {
  const { StartingSequenceNumber: number } = request;
  if (number === undefined) throw new AwsError('InvalidArgumentException', 'StartingSequenceNumber must be given.');
  const index = sequence.indexOf(number);
  const isEnd = index === Number.POSITIVE_INFINITY && shard.closedMs !== undefined;
  if (index !== undefined && (index < log.nextIndex || isEnd)) return Math.min(index, log.nextIndex);
  const message = `StartingSequenceNumber ${number} used in GetShardIterator on shard ${shardId(shard.index)} in stream ${metadata.name} is invalid because it did not come from this shard.`;
  throw new AwsError('InvalidArgumentException', message);
}

function childrenOf(stream: Stream, parent: number): object[] {
  const children = stream.metadata.shards.filter((shard) => shard.parent === parent || shard.adjacentParent === parent);
  return children.map((child) => ({
    ShardId: shardId(child.index),
    ParentShards: [child.parent, child.adjacentParent].flatMap((index) => (index === undefined ? [] : shardId(index))),
    HashKeyRange: rangeView(child),
  }));
}

/** The records lie on disk as they are answered, each led by a comma. */
function recordsAnswer({ bodies }: RecordRun, rest: object): Buffer {
  const [first, ...others] = bodies;
  const head = Buffer.from('{"Records":[');
  const tail = Buffer.from(`],${JSON.stringify(rest).slice(1)}`);
  return Buffer.concat(first ? [head, first.subarray(1), ...others, tail] : [head, tail]);
}
