import type { Shard } from '@aws-sdk/client-kinesis';
import type {
  ShardPage,
  ShardToRead,
  StreamDescription,
  StreamIdentity,
  StreamShard,
  StreamSource,
} from '../../domain/ports/stream-source.port.js';
import type { Kinesis, KinesisClients } from './kinesis-clients.js';
import { translateKinesis } from './kinesis-errors.js';
import { ShardReader, type ShardReaderOptions } from './shard-reader.js';

/** Names and shards come in pages; more than this many pages of either is no stream we could copy. */
const MAX_PAGES = 1000;

/** Kinesis data streams. */
export class KinesisStreamSource implements StreamSource {
  constructor(
    private readonly clients: KinesisClients,
    private readonly options: ShardReaderOptions,
  ) {}

  async list(identity: StreamIdentity): Promise<string[]> {
    return this.ask(identity, undefined, async ({ client, sdk }) => {
      const names: string[] = [];
      let NextToken: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const from = NextToken === undefined ? {} : { NextToken };
        const { StreamNames = [], NextToken: next } = await client.send(new sdk.ListStreamsCommand(from));
        names.push(...StreamNames);
        if (next === undefined) break;
        NextToken = next;
      }
      return names;
    });
  }

  async describe(streamName: string, identity: StreamIdentity): Promise<StreamDescription> {
    return this.ask(identity, streamName, async ({ client, sdk }) => {
      const command = new sdk.DescribeStreamSummaryCommand({ StreamName: streamName });
      const { StreamDescriptionSummary: summary } = await client.send(command);
      return {
        name: streamName,
        arn: summary?.StreamARN ?? '',
        openShards: summary?.OpenShardCount ?? 0,
        retentionHours: summary?.RetentionPeriodHours ?? 0,
      };
    });
  }

  async shards(streamArn: string, identity: StreamIdentity): Promise<StreamShard[]> {
    const shards = await this.ask(identity, nameIn(streamArn), (kinesis) => listShards(kinesis, streamArn));
    return parentsFirst(shards.map(toShard));
  }

  async *read(shard: ShardToRead, signal: AbortSignal): AsyncGenerator<ShardPage> {
    const kinesis = await this.clients.for(shard.identity);
    yield* new ShardReader(kinesis, shard, this.options).pages(signal);
  }

  private async ask<T>(
    identity: StreamIdentity,
    streamName: string | undefined,
    question: (kinesis: Kinesis) => Promise<T>,
  ): Promise<T> {
    try {
      return await question(await this.clients.for(identity));
    } catch (cause) {
      throw translateKinesis(cause, streamName);
    }
  }
}

async function listShards({ client, sdk }: Kinesis, StreamARN: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const input = NextToken === undefined ? { StreamARN } : { NextToken };
    const { Shards = [], NextToken: next } = await client.send(new sdk.ListShardsCommand(input));
    shards.push(...Shards);
    if (next === undefined) break;
    NextToken = next;
  }
  return shards;
}

function toShard({ ShardId = '', ParentShardId, AdjacentParentShardId, SequenceNumberRange }: Shard): StreamShard {
  return {
    shardId: ShardId,
    parentShardIds: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined),
    closed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
  };
}

/** Ids count up with time, so that a parent's is smaller than its children's. */
function parentsFirst(shards: StreamShard[]): StreamShard[] {
  return shards.sort((a, b) => (a.shardId < b.shardId ? -1 : 1));
}

const nameIn = (streamArn: string): string => streamArn.split('/').at(-1) ?? streamArn;
