import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { IDENTITY, REGION } from './aws-identity.js';

// Before the first client is made, or it says on every Node 20 that Node 20 will end.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** The SDK's own handler speaks HTTP/2, which nothing without TLS does. */
export function kinesisClient(endpoint: string, credentials = IDENTITY, region = REGION): KinesisClient {
  return new KinesisClient({
    endpoint,
    region,
    credentials,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ connectionTimeout: 5000, requestTimeout: 25_000 }),
  });
}

const ATTEMPTS = 400;

export async function untilActive(client: KinesisClient, StreamName: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { StreamDescriptionSummary: stream } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    if (stream?.StreamStatus === 'ACTIVE') return;
    await sleep(25);
  }
  throw new Error(`${StreamName} did not become active.`);
}

let made = 0;

/** A new stream, ready for use; the name is unique within the process. */
export async function newStream(client: KinesisClient, ShardCount = 1): Promise<string> {
  made += 1;
  const StreamName = `stream-${process.pid}-${made}`;
  await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await untilActive(client, StreamName);
  return StreamName;
}

export async function shardsOf(client: KinesisClient, StreamName: string): Promise<Shard[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
  return Shards;
}

export function openOf(shards: readonly Shard[]): Shard[] {
  return shards.filter(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber === undefined);
}

/** Writes texts one by one, each as data and partition key; answers where they went. */
export async function put(client: KinesisClient, StreamName: string, ...texts: string[]) {
  const answers = [];
  for (const text of texts) {
    answers.push(await client.send(new PutRecordCommand({ StreamName, Data: Buffer.from(text), PartitionKey: text })));
  }
  return answers;
}

export const FIRST_SHARD = 'shardId-000000000000';

export async function iterator(
  client: KinesisClient,
  StreamName: string,
  start: Partial<GetShardIteratorCommandInput> = {},
): Promise<string> {
  const input = { StreamName, ShardId: FIRST_SHARD, ShardIteratorType: 'TRIM_HORIZON', ...start } as const;
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(input));
  return ShardIterator!;
}

/** Texts from a place of a shard to where it ends for now. */
export async function read(
  client: KinesisClient,
  StreamName: string,
  start: Partial<GetShardIteratorCommandInput> = {},
): Promise<string[]> {
  let next: string | undefined | null = await iterator(client, StreamName, start);
  const texts: string[] = [];
  while (next) {
    const page: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator: next }));
    texts.push(...(page.Records ?? []).map(({ Data }) => Buffer.from(Data!).toString()));
    if (page.MillisBehindLatest === 0) break;
    next = page.NextShardIterator;
  }
  return texts;
}
