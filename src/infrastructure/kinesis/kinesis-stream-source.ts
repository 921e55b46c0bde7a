import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type {
  ShardPage,
  ShardToRead,
  StreamDescription,
  StreamIdentity,
  StreamShard,
  StreamSource,
} from '../../domain/ports/stream-source.port.js';
import type { KinesisClients } from './kinesis-clients.js';
import { translateFailure } from './kinesis-errors.js';
import { ShardReader, type ShardReaderOptions } from './shard-reader.js';
import { listShards, parentsFirst, toStreamShard } from './stream-shards.js';

/** Kinesis data streams, read by polling. */
export class KinesisStreamSource implements StreamSource {
  constructor(
    private readonly clients: KinesisClients,
    private readonly clock: Clock,
    private readonly options: ShardReaderOptions,
  ) {}

  async list(identity: StreamIdentity): Promise<string[]> {
    try {
      const { ListStreamsCommand } = await import('@aws-sdk/client-kinesis');
      const client = await this.clients.for(identity);
      const names: string[] = [];
      for (let last: string | undefined, more = true; more; last = names.at(-1)) {
        const start = last === undefined ? {} : { ExclusiveStartStreamName: last };
        const page = await client.send(new ListStreamsCommand(start));
        names.push(...(page.StreamNames ?? []));
        more = page.HasMoreStreams === true && (page.StreamNames ?? []).length > 0;
      }
      return names.sort();
    } catch (cause) {
      throw translateFailure(cause, 'the list of streams');
    }
  }

  async describe(streamName: string, identity: StreamIdentity): Promise<StreamDescription> {
    try {
      const { DescribeStreamSummaryCommand } = await import('@aws-sdk/client-kinesis');
      const client = await this.clients.for(identity);
      const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
      const summary = answer.StreamDescriptionSummary;
      return {
        name: summary?.StreamName ?? streamName,
        arn: summary?.StreamARN ?? '',
        openShards: summary?.OpenShardCount ?? 0,
        retentionHours: summary?.RetentionPeriodHours ?? 0,
      };
    } catch (cause) {
      throw translateFailure(cause, `stream "${streamName}"`);
    }
  }

  async shards(streamArn: string, identity: StreamIdentity): Promise<StreamShard[]> {
    try {
      const shards = await listShards(await this.clients.for(identity), streamArn);
      return parentsFirst(shards.map(toStreamShard));
    } catch (cause) {
      throw translateFailure(cause, `the shards of ${streamArn}`);
    }
  }

  /** Kinesis has no place for it. */
  showProgress(): void {
    return undefined;
  }

  async *read(shard: ShardToRead, signal: AbortSignal): AsyncGenerator<ShardPage, void, void> {
    try {
      const reader = new ShardReader(await this.clients.for(shard.identity), shard, this.clock, this.options);
      for (;;) {
        const next = await reader.next(signal);
        if (next === undefined) return;
        yield next.page;
        if (next.last) return;
      }
    } catch (cause) {
      throw translateRead(cause, shard);
    }
  }
}

/** Being throttled beyond all patience is, for a reader, the same as a stream that does not answer. */
function translateRead(cause: unknown, { streamArn, shardId }: ShardToRead): unknown {
  const what = `shard ${shardId} of ${streamArn}`;
  const failure = translateFailure(cause, what);
  const isThrottled = failure instanceof PenstockError && failure.code === 'stream.throttled';
  return isThrottled
    ? new PenstockError('stream.unreachable', `Kinesis kept refusing reads: ${what}.`, { cause })
    : failure;
}
