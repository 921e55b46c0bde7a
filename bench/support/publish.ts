import { CreateStreamCommand, type KinesisClient, ListShardsCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { untilActive } from '../../test/support/kinesis-client.js';
import { eventBytes } from './events.js';

const RECORDS_OF_A_REQUEST = 500;
const REQUESTS_IN_FLIGHT = 4;

/** A new stream. @returns for each shard a hash key that is its own */
export async function createStream(client: KinesisClient, StreamName: string, ShardCount: number): Promise<string[]> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await untilActive(client, StreamName);
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
  return Shards.map(({ HashKeyRange }) => HashKeyRange?.StartingHashKey ?? '0');
}

export interface Events {
  readonly from: number;
  readonly to: number;
  /** Of the shard that gets them all. */
  readonly hashKey: string;
  readonly lane?: number;
}

export async function publish(
  client: KinesisClient,
  StreamName: string,
  { from, to, hashKey, lane }: Events,
): Promise<void> {
  const Records = Array.from({ length: to - from }, (_, at) => ({
    Data: eventBytes(from + at, lane),
    PartitionKey: `key-${at % 997}`,
    ExplicitHashKey: hashKey,
  }));
  const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName, Records }));
  if (FailedRecordCount !== 0) throw new Error('A record was not taken.');
}

/** The same number of events in every shard. */
export async function publishBacklog(
  client: KinesisClient,
  stream: string,
  hashKeys: readonly string[],
  each: number,
): Promise<void> {
  const requests = hashKeys.flatMap((hashKey, shard) =>
    Array.from({ length: each / RECORDS_OF_A_REQUEST }, (_, at) => ({
      hashKey,
      from: shard * each + at * RECORDS_OF_A_REQUEST,
    })),
  );
  const send = async (): Promise<void> => {
    for (let next = requests.shift(); next !== undefined; next = requests.shift()) {
      await publish(client, stream, { ...next, to: next.from + RECORDS_OF_A_REQUEST });
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, send));
}
