import { AwsError } from '../aws/aws-error.js';
import type { AwsJsonInput, AwsJsonOperation } from '../aws/aws-json-endpoint.js';
import { dictionary, integer, readFields, required, structure, text } from '../aws/request-fields.js';
import {
  findStream,
  type KinesisContext,
  modeView,
  NAME,
  readStream,
  SHARD_ID,
  seconds,
  shardsOf,
  shardView,
  STREAM_FIELDS,
  streamArn,
} from './kinesis-context.js';
import { MAX_RECORD_KIB } from './limits.js';
import { OpaqueTokens } from './opaque-token.js';
import { openShards, shardId } from './stream-metadata.js';
import { HOUR_MS, type Stream } from './stream.js';
import { TAG_KEY, TAG_VALUE } from './tag-operations.js';

const PAGE_SHARDS = 100;
const PAGE_STREAMS = 100;
const MIN_RETENTION_HOURS = 24;
const MAX_RETENTION_HOURS = 8760;
/** What AWS gives an on-demand stream to begin with. Here it stays so. */
const ON_DEMAND_SHARDS = 4;
const MODE = { oneOf: ['PROVISIONED', 'ON_DEMAND'] } as const;

interface StreamPage {
  readonly after: string;
}

/** Streams: made, described, listed, changed, deleted. */
export class StreamOperations {
  private readonly pages: OpaqueTokens<StreamPage>;

  constructor(private readonly context: KinesisContext) {
    this.pages = new OpaqueTokens(context.tokenSecret, 'streams');
  }

  operations(): [string, AwsJsonOperation][] {
    return [
      ['CreateStream', (input) => this.createStream(input)],
      ['DeleteStream', (input) => this.deleteStream(input)],
      ['DescribeStream', async (input) => this.describeStream(input)],
      ['DescribeStreamSummary', async (input) => this.describeStreamSummary(input)],
      ['ListStreams', async (input) => this.listStreams(input)],
      ['IncreaseStreamRetentionPeriod', (input) => this.changeRetention(input, 'increase')],
      ['DecreaseStreamRetentionPeriod', (input) => this.changeRetention(input, 'decrease')],
      ['UpdateMaxRecordSize', (input) => this.updateMaxRecordSize(input)],
      ['DescribeLimits', async () => this.describeLimits()],
    ];
  }

  private async createStream(input: AwsJsonInput): Promise<undefined> {
    const { catalog, limits } = this.context;
    const wanted = readFields(input, {
      StreamName: required(text(NAME)),
      ShardCount: integer(1, 100_000),
      StreamModeDetails: structure({ StreamMode: required(text(MODE)) }),
      MaxRecordSizeInKiB: integer(1024, MAX_RECORD_KIB),
      Tags: dictionary(0, 50, TAG_KEY, TAG_VALUE),
    });
    const mode = wanted.StreamModeDetails?.StreamMode ?? 'PROVISIONED';
    const shards = mode === 'ON_DEMAND' ? ON_DEMAND_SHARDS : wanted.ShardCount;
    if (shards === undefined) {
      throw new AwsError('ValidationException', 'ShardCount is needed for a stream in PROVISIONED mode.');
    }
    mustNotExceed(this.context, shards);
    const maxRecordKiB = wanted.MaxRecordSizeInKiB ?? limits.maxRecordKiB;
    const name = wanted.StreamName;
    if (await catalog.create({ name, mode, shards, maxRecordKiB, tags: wanted.Tags ?? {} })) return;
    throw new AwsError('ResourceInUseException', `Stream ${name} already exists.`);
  }

  private async deleteStream(input: AwsJsonInput): Promise<undefined> {
    await this.context.catalog.delete(readStream(this.context, input));
  }

  private describeStream(input: AwsJsonInput): object {
    const fields = { ...STREAM_FIELDS, Limit: integer(1, 10_000), ExclusiveStartShardId: SHARD_ID };
    const { Limit = PAGE_SHARDS, ExclusiveStartShardId: after = '', ...reference } = readFields(input, fields);
    const stream = findStream(this.context, reference);
    const rest = shardsOf(stream, ({ index }) => shardId(index) > after);
    const page = rest.slice(0, Math.min(Limit, PAGE_SHARDS));
    return {
      StreamDescription: {
        ...this.description(stream),
        Shards: page.map(shardView),
        HasMoreShards: page.length < rest.length,
      },
    };
  }

  private describeStreamSummary(input: AwsJsonInput): object {
    const stream = readStream(this.context, input);
    return {
      StreamDescriptionSummary: {
        ...this.description(stream),
        OpenShardCount: openShards(stream.metadata).length,
        ConsumerCount: 0,
        MaxRecordSizeInKiB: stream.metadata.maxRecordKiB,
      },
    };
  }

  private description(stream: Stream): object {
    const { metadata, status } = stream;
    return {
      StreamName: metadata.name,
      StreamARN: streamArn(this.context, metadata.name),
      StreamStatus: status,
      StreamModeDetails: modeView(metadata),
      RetentionPeriodHours: metadata.retentionHours,
      StreamCreationTimestamp: seconds(metadata.createdMs),
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: 'NONE',
    };
  }

  private listStreams(input: AwsJsonInput): object {
    const fields = {
      Limit: integer(1, 10_000),
      ExclusiveStartStreamName: text(NAME),
      NextToken: text({ min: 1, max: 1_048_576 }),
    };
    const { Limit = PAGE_STREAMS, ExclusiveStartStreamName, NextToken } = readFields(input, fields);
    const after = NextToken === undefined ? (ExclusiveStartStreamName ?? '') : this.afterPage(NextToken);
    const rest = this.context.catalog.all().filter(({ metadata }) => metadata.name > after);
    const page = rest.slice(0, Math.min(Limit, PAGE_STREAMS));
    const last = page.at(-1)?.metadata.name;
    return {
      StreamNames: page.map(({ metadata }) => metadata.name),
      HasMoreStreams: page.length < rest.length,
      ...(last !== undefined && page.length < rest.length ? { NextToken: this.pages.seal({ after: last }) } : {}),
      StreamSummaries: page.map(({ metadata, status }) => ({
        StreamName: metadata.name,
        StreamARN: streamArn(this.context, metadata.name),
        StreamStatus: status,
        StreamModeDetails: modeView(metadata),
        StreamCreationTimestamp: seconds(metadata.createdMs),
      })),
    };
  }

  private afterPage(token: string): string {
    const page = this.pages.open(token);
    if (page) return page.after;
    throw new AwsError('InvalidArgumentException', 'NextToken is not valid.');
  }

  private async changeRetention(input: AwsJsonInput, direction: 'increase' | 'decrease'): Promise<undefined> {
    const fields = { ...STREAM_FIELDS, RetentionPeriodHours: required(integer(1, 100_000)) };
    const { RetentionPeriodHours: hours, ...reference } = readFields(input, fields);
    if (hours < MIN_RETENTION_HOURS || hours > MAX_RETENTION_HOURS) {
      const range = `${MIN_RETENTION_HOURS} to ${MAX_RETENTION_HOURS}`;
      throw new AwsError('InvalidArgumentException', `The retention period must be ${range} hours, not ${hours}.`);
    }
    const stream = findStream(this.context, reference);
    stream.mustBeActive();
    await stream.update((metadata) => {
      const wrong = direction === 'increase' ? hours < metadata.retentionHours : hours > metadata.retentionHours;
      if (wrong) {
        const relation = direction === 'increase' ? 'shorter' : 'longer';
        const message = `Requested retention period (${hours} hours) for stream ${metadata.name} can not be ${relation} than existing retention period (${metadata.retentionHours} hours).`;
        throw new AwsError('InvalidArgumentException', message);
      }
      const trimmedBeforeMs = Math.max(stream.horizonMs, this.context.now() - hours * HOUR_MS);
      return { ...metadata, retentionHours: hours, trimmedBeforeMs };
    });
    await stream.trim();
  }

  private async updateMaxRecordSize(input: AwsJsonInput): Promise<undefined> {
    const fields = { ...STREAM_FIELDS, MaxRecordSizeInKiB: required(integer(1024, MAX_RECORD_KIB)) };
    const { MaxRecordSizeInKiB: maxRecordKiB, ...reference } = readFields(input, fields);
    await findStream(this.context, reference).update((metadata) => ({ ...metadata, maxRecordKiB }));
  }

  private describeLimits(): object {
    const { catalog, limits } = this.context;
    return {
      ShardLimit: limits.shards,
      OpenShardCount: catalog.openShardCount(),
      OnDemandStreamCount: catalog.all().filter(({ metadata }) => metadata.mode === 'ON_DEMAND').length,
      OnDemandStreamCountLimit: Math.floor(limits.shards / ON_DEMAND_SHARDS),
    };
  }
}

/** @throws AwsError `LimitExceededException` when so many more open shards are too many */
export function mustNotExceed({ catalog, limits }: KinesisContext, more: number): void {
  if (catalog.openShardCount() + more <= limits.shards) return;
  const message = `This request would exceed the shard limit of ${limits.shards}; ${catalog.openShardCount()} are open.`;
  throw new AwsError('LimitExceededException', message);
}
