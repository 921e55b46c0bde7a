import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  type KinesisClient,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { KinesisClients } from '../../src/infrastructure/kinesis/kinesis-clients.js';
import { KinesisStreamSink } from '../../src/infrastructure/kinesis/kinesis-stream-sink.js';
import { KinesisStreamSource } from '../../src/infrastructure/kinesis/kinesis-stream-source.js';
import type { StreamNames, StreamSourceHarness } from '../contracts/stream-source.contract.js';
import { IDENTITY, REGION } from './aws-identity.js';
import { iterator, newStream, openOf, shardsOf, untilActive } from './kinesis-client.js';

/** Kinesis' adapters, as a process of its own would have them. */
export function kinesisAt(url: string): {
  source: KinesisStreamSource;
  sink: KinesisStreamSink;
  clients: KinesisClients;
} {
  const clients = new KinesisClients(async () => ({ url, region: REGION, ...IDENTITY }), { requestTimeoutMs: 10_000 });
  const clock = new SystemClock();
  return {
    clients,
    source: new KinesisStreamSource(clients, clock, { pollMs: 20, patienceMs: 500 }),
    sink: new KinesisStreamSink(clients, clock, { maxPutBytes: 5_242_880, aggregate: true }),
  };
}

const KINESIS_NAMES: StreamNames = {
  nobody: {
    name: 'nowhere',
    arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/nowhere',
    shardId: 'shardId-000000000099',
  },
  arn: (name) => new RegExp(`^arn:aws:kinesis:[^:]+:\\d{12}:stream/${name}$`),
  retentionHours: 24,
};

/** The part of a harness that a foreign client of the engine does. */
export function streamsOf(
  client: KinesisClient,
): Pick<StreamSourceHarness, 'createStream' | 'put' | 'split' | 'merge' | 'names' | 'isAggregated'> {
  return {
    names: KINESIS_NAMES,
    isAggregated: true,
    createStream: (shards) => newStream(client, shards),
    put: async (StreamName, data, PartitionKey = 'key') => {
      const { SequenceNumber } = await client.send(
        new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(data) }),
      );
      return { sequenceNumber: SequenceNumber! };
    },
    split: async (StreamName) => {
      const ShardToSplit = openOf(await shardsOf(client, StreamName))[0]!.ShardId!;
      const NewStartingHashKey = String(2n ** 127n);
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey }));
      await untilActive(client, StreamName);
    },
    merge: async (StreamName) => {
      const [one, two] = openOf(await shardsOf(client, StreamName)).map(({ ShardId }) => ShardId!);
      await client.send(new MergeShardsCommand({ StreamName, ShardToMerge: one!, AdjacentShardToMerge: two! }));
      await untilActive(client, StreamName);
    },
  };
}

export async function storedIn(
  client: KinesisClient,
  StreamName: string,
): Promise<{ partitionKey: string; text: string }[][]> {
  const all: { partitionKey: string; text: string }[][] = [];
  for (const { ShardId } of await shardsOf(client, StreamName)) {
    const records: { partitionKey: string; text: string }[] = [];
    let next: string | undefined | null = await iterator(client, StreamName, { ShardId: ShardId! });
    while (next) {
      const page: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator: next }));
      records.push(
        ...(page.Records ?? []).map(({ PartitionKey = '', Data = new Uint8Array() }) => ({
          partitionKey: PartitionKey,
          text: Buffer.from(Data).toString(),
        })),
      );
      if (page.MillisBehindLatest === 0 && page.Records?.length === 0) break;
      next = page.NextShardIterator;
    }
    all.push(records);
  }
  return all;
}
