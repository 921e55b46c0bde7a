import { createRequire } from 'node:module';
import { GetRecordsCommand, type GetRecordsCommandOutput, type KinesisClient } from '@aws-sdk/client-kinesis';
import { iterator, shardsOf } from './kinesis-client.js';

interface Packed {
  readonly partitionKey: string;
  readonly data: string;
}
const { deaggregateSync } = createRequire(import.meta.url)('aws-kinesis-agg') as {
  deaggregateSync(record: Packed, checks: boolean, done: (failure: Error | null, records: Packed[]) => void): void;
};

export interface UserRecord {
  readonly partitionKey: string;
  readonly data: Buffer;
}

/** All records of a stream as its consumers see them, shard by shard, by the de-aggregation of another implementation. */
export async function userRecordsIn(client: KinesisClient, StreamName: string): Promise<UserRecord[]> {
  const found: UserRecord[] = [];
  for (const { ShardId } of await shardsOf(client, StreamName)) {
    let next: string | undefined | null = await iterator(client, StreamName, { ShardId: ShardId! });
    while (next) {
      const page: GetRecordsCommandOutput = await client.send(new GetRecordsCommand({ ShardIterator: next }));
      for (const { Data, PartitionKey } of page.Records ?? []) found.push(...unpacked(Data!, PartitionKey!));
      if (page.MillisBehindLatest === 0 && page.Records?.length === 0) break;
      next = page.NextShardIterator;
    }
  }
  return found;
}

function unpacked(data: Uint8Array, partitionKey: string): UserRecord[] {
  let found: UserRecord[] = [];
  deaggregateSync({ data: Buffer.from(data).toString('base64'), partitionKey }, true, (failure, records) => {
    if (failure) throw failure;
    found = records.map((each) => ({ partitionKey: each.partitionKey, data: Buffer.from(each.data, 'base64') }));
  });
  return found;
}
