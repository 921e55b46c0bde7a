import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RemoveTagsFromStreamCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FIRST_SHARD,
  iterator,
  newStream,
  openOf,
  put,
  read,
  shardsOf,
  untilActive,
} from '../support/kinesis-client.js';

export interface KinesisHarness {
  readonly client: KinesisClient;
  close(): Promise<void>;
}

const HALF = (2n ** 127n).toString();
const MAX_HASH_KEY = (2n ** 128n - 1n).toString();

/**
 * What Kinesis does, as far as every emulator does it too: judged on our endpoint and on foreign ones. An engine that
 * cannot be opened is skipped; its name says why.
 */
export function kinesisContract(engine: string, open?: () => Promise<KinesisHarness>): void {
  describe.skipIf(!open)(`Kinesis on ${engine}`, () => {
    let kinesis: KinesisHarness;
    let client: KinesisClient;
    beforeAll(async () => {
      kinesis = await open!();
      ({ client } = kinesis);
    });
    afterAll(() => kinesis?.close());

    it('describes a new stream, by name and by ARN', async () => {
      const StreamName = await newStream(client, 2);
      const { StreamDescription: described } = await client.send(new DescribeStreamCommand({ StreamName }));
      expect(described).toMatchObject({
        StreamName,
        StreamStatus: 'ACTIVE',
        RetentionPeriodHours: 24,
        HasMoreShards: false,
      });
      expect(described?.StreamCreationTimestamp).toBeInstanceOf(Date);
      const { StreamDescriptionSummary: summary } = await client.send(
        new DescribeStreamSummaryCommand({ StreamARN: described!.StreamARN! }),
      );
      expect(summary).toMatchObject({ StreamName, OpenShardCount: 2 });
    });

    it('divides the hash keys evenly and without a gap', async () => {
      const shards = await shardsOf(client, await newStream(client, 3));
      const ranges = shards.map(({ HashKeyRange: range }) =>
        [range!.StartingHashKey, range!.EndingHashKey].map((key) => BigInt(key!)),
      );
      expect(ranges[0]![0]).toBe(0n);
      expect(ranges.at(-1)![1]).toBe(2n ** 128n - 1n);
      expect(ranges[1]![0]! - ranges[0]![1]!).toBe(1n);
      expect(ranges[2]![0]! - ranges[1]![1]!).toBe(1n);
      expect(shards.map(({ ShardId }) => ShardId)).toEqual([0, 1, 2].map((index) => `shardId-00000000000${index}`));
    });

    it('refuses a second stream of the same name', async () => {
      const StreamName = await newStream(client);
      await expect(client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))).rejects.toMatchObject({
        name: 'ResourceInUseException',
      });
    });

    it('names a stream it does not have', async () => {
      const unknown = { name: 'ResourceNotFoundException' };
      await expect(put(client, 'nowhere', 'a')).rejects.toMatchObject(unknown);
      await expect(client.send(new DescribeStreamCommand({ StreamName: 'nowhere' }))).rejects.toMatchObject(unknown);
      await expect(client.send(new DeleteStreamCommand({ StreamName: 'nowhere' }))).rejects.toMatchObject(unknown);
    });

    it('deletes a stream, whose name is free again', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'old');
      await client.send(new DeleteStreamCommand({ StreamName }));
      await untilGone(client, StreamName);
      await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
      await untilActive(client, StreamName);
      expect(await read(client, StreamName)).toEqual([]);
    });

    it('lists streams page by page', async () => {
      const names = [await newStream(client), await newStream(client), await newStream(client)];
      const listed: string[] = [];
      let page = await client.send(new ListStreamsCommand({ Limit: 2 }));
      listed.push(...page.StreamNames!);
      while (page.HasMoreStreams) {
        page = await client.send(new ListStreamsCommand({ Limit: 2, ExclusiveStartStreamName: listed.at(-1)! }));
        listed.push(...page.StreamNames!);
      }
      expect(listed).toEqual(expect.arrayContaining(names));
      expect(new Set(listed).size).toBe(listed.length);
    });

    it('returns records in the order they were put, byte for byte', async () => {
      const StreamName = await newStream(client);
      const blobs = [randomBytes(1), randomBytes(1000), Buffer.from('naïve 🐟 "quoted"\n'), randomBytes(70_000)];
      for (const Data of blobs)
        await client.send(new PutRecordCommand({ StreamName, Data, PartitionKey: 'ключ "1"\\' }));
      const { Records } = await client.send(
        new GetRecordsCommand({ ShardIterator: await iterator(client, StreamName) }),
      );
      expect(Records!.map(({ Data }) => Buffer.from(Data!))).toEqual(blobs);
      expect(Records!.map(({ PartitionKey }) => PartitionKey)).toEqual(blobs.map(() => 'ключ "1"\\'));
      const arrivals = Records!.map(({ ApproximateArrivalTimestamp: arrival }) => arrival!.getTime());
      expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
      expect(Math.abs(Date.now() - arrivals[0]!)).toBeLessThan(60_000);
    });

    it('numbers the records of a shard upwards, and shows the same number to the reader', async () => {
      const StreamName = await newStream(client);
      const given = (await put(client, StreamName, 'a', 'b', 'c')).map(({ SequenceNumber }) => BigInt(SequenceNumber!));
      expect(given).toEqual(given.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(new Set(given).size).toBe(3);
      const { Records } = await client.send(
        new GetRecordsCommand({ ShardIterator: await iterator(client, StreamName) }),
      );
      expect(Records!.map(({ SequenceNumber }) => BigInt(SequenceNumber!))).toEqual(given);
    });

    it('puts many records at once, with one answer each', async () => {
      const StreamName = await newStream(client, 2);
      const Records = Array.from({ length: 200 }, (_, at) => ({ Data: Buffer.from(`r${at}`), PartitionKey: `k${at}` }));
      const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
      expect(answer.FailedRecordCount).toBe(0);
      expect(answer.Records).toHaveLength(200);
      const received = [
        ...(await read(client, StreamName)),
        ...(await read(client, StreamName, { ShardId: 'shardId-000000000001' })),
      ];
      expect(received.sort()).toEqual(Records.map(({ Data }) => Data.toString()).sort());
    });

    it('starts reading where it is told to', async () => {
      const StreamName = await newStream(client);
      const [, second] = await put(client, StreamName, 'one', 'two', 'three');
      const number = second!.SequenceNumber!;
      const at = (ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER') =>
        read(client, StreamName, { ShardIteratorType, StartingSequenceNumber: number });
      expect(await read(client, StreamName)).toEqual(['one', 'two', 'three']);
      expect(await at('AT_SEQUENCE_NUMBER')).toEqual(['two', 'three']);
      expect(await at('AFTER_SEQUENCE_NUMBER')).toEqual(['three']);
    });

    it('starts at the latest record with what comes after it', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'before');
      const ShardIterator = await iterator(client, StreamName, { ShardIteratorType: 'LATEST' });
      await put(client, StreamName, 'after');
      const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));
      expect(Records!.map(({ Data }) => Buffer.from(Data!).toString())).toEqual(['after']);
    });

    it('starts at a time with the first record that arrived then or later', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'early');
      await sleep(30);
      const between = new Date();
      await sleep(30);
      await put(client, StreamName, 'late');
      const from = (Timestamp: Date) => read(client, StreamName, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp });
      expect(await from(between)).toEqual(['late']);
      expect(await from(new Date(between.getTime() - 3_600_000))).toEqual(['early', 'late']);
    });

    it('hands out a limited number of records and goes on behind them', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'a', 'b', 'c');
      const ShardIterator = await iterator(client, StreamName);
      const first = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 2 }));
      const second = await client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator!, Limit: 2 }));
      const third = await client.send(new GetRecordsCommand({ ShardIterator: second.NextShardIterator! }));
      expect([first, second, third].map(({ Records }) => Records!.length)).toEqual([2, 1, 0]);
      expect(third.MillisBehindLatest).toBe(0);
      // An iterator can be used again: it is a place, not a cursor.
      expect((await client.send(new GetRecordsCommand({ ShardIterator, Limit: 2 }))).Records).toEqual(first.Records);
    });

    it('refuses an iterator it has not made', async () => {
      const forged = Buffer.from('forged').toString('base64');
      await expect(client.send(new GetRecordsCommand({ ShardIterator: forged }))).rejects.toBeInstanceOf(Error);
    });

    it('merges two neighbours into one shard with two parents', async () => {
      const StreamName = await newStream(client, 2);
      const [left, right] = await shardsOf(client, StreamName);
      const merge = { StreamName, ShardToMerge: left!.ShardId!, AdjacentShardToMerge: right!.ShardId! };
      await client.send(new MergeShardsCommand(merge));
      await untilActive(client, StreamName);
      const child = openOf(await shardsOf(client, StreamName));
      expect(child).toMatchObject([
        {
          ParentShardId: left!.ShardId,
          AdjacentParentShardId: right!.ShardId,
          HashKeyRange: { StartingHashKey: '0', EndingHashKey: MAX_HASH_KEY },
        },
      ]);
    });

    it('refuses to merge shards that are not neighbours', async () => {
      const StreamName = await newStream(client, 3);
      const merge = { StreamName, ShardToMerge: FIRST_SHARD, AdjacentShardToMerge: 'shardId-000000000002' };
      await expect(client.send(new MergeShardsCommand(merge))).rejects.toMatchObject({
        name: 'InvalidArgumentException',
      });
    });

    it('changes the number of shards', async () => {
      const StreamName = await newStream(client, 2);
      const wanted = { StreamName, TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' } as const;
      const answer = await client.send(new UpdateShardCountCommand(wanted));
      expect(answer).toMatchObject({ StreamName, CurrentShardCount: 2, TargetShardCount: 4 });
      await untilActive(client, StreamName);
      expect(openOf(await shardsOf(client, StreamName))).toHaveLength(4);
    });

    it('prolongs and shortens retention within its bounds', async () => {
      const StreamName = await newStream(client);
      const hours = async () =>
        (await client.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary!
          .RetentionPeriodHours;
      await client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }));
      expect(await hours()).toBe(48);
      await client.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 25 }));
      expect(await hours()).toBe(25);
      const tooShort = new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 });
      await expect(client.send(tooShort)).rejects.toBeInstanceOf(Error);
      const belowDay = new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 1 });
      await expect(client.send(belowDay)).rejects.toBeInstanceOf(Error);
    });

    it('keeps tags', async () => {
      const StreamName = await newStream(client);
      const tags = async () => {
        const { Tags = [] } = await client.send(new ListTagsForStreamCommand({ StreamName }));
        return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
      };
      await client.send(new AddTagsToStreamCommand({ StreamName, Tags: { team: 'data', stage: 'test' } }));
      await client.send(new AddTagsToStreamCommand({ StreamName, Tags: { stage: 'live' } }));
      expect(await tags()).toEqual({ team: 'data', stage: 'live' });
      await client.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ['team'] }));
      expect(await tags()).toEqual({ stage: 'live' });
    });
  });
}

/**
 * What moto lacks: it wants the stream's name beside a page token, fails on explicit hash keys near the end, puts into
 * closed shards, counts no open shards, answers an iterator for ever, and numbers the records of every shard from 1.
 */
export function fullKinesisContract(engine: string, open?: () => Promise<KinesisHarness>): void {
  describe.skipIf(!open)(`the rest of Kinesis on ${engine}`, () => {
    let kinesis: KinesisHarness;
    let client: KinesisClient;
    beforeAll(async () => {
      kinesis = await open!();
      ({ client } = kinesis);
    });
    afterAll(() => kinesis?.close());

    it('lists shards page by page', async () => {
      const StreamName = await newStream(client, 3);
      const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 2 }));
      const second = await client.send(new ListShardsCommand({ NextToken: first.NextToken!, MaxResults: 2 }));
      expect([...first.Shards!, ...second.Shards!].map(({ ShardId }) => ShardId)).toEqual(
        (await shardsOf(client, StreamName)).map(({ ShardId }) => ShardId),
      );
      expect(second.NextToken).toBeUndefined();
    });

    it('sends a record to the shard of the MD5 of its key, or of its explicit hash key', async () => {
      const StreamName = await newStream(client, 2);
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        const upper = BigInt(`0x${createHash('md5').update(key).digest('hex')}`) >= BigInt(HALF);
        const [answer] = await put(client, StreamName, key);
        expect(answer!.ShardId).toBe(`shardId-00000000000${upper ? 1 : 0}`);
      }
      for (const [ExplicitHashKey, shard] of [
        ['0', 0],
        [HALF, 1],
        [MAX_HASH_KEY, 1],
      ] as const) {
        const record = { StreamName, Data: Buffer.from('x'), PartitionKey: 'a', ExplicitHashKey };
        const answer = await client.send(new PutRecordCommand(record));
        expect(answer.ShardId).toBe(`shardId-00000000000${shard}`);
      }
    });

    it('splits a shard into two, of which it is the parent', async () => {
      const StreamName = await newStream(client);
      const split = { StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF };
      await client.send(new SplitShardCommand(split));
      await untilActive(client, StreamName);
      const shards = await shardsOf(client, StreamName);
      const [parent, low, high] = shards;
      expect(parent!.SequenceNumberRange!.EndingSequenceNumber).toBeDefined();
      expect([low, high].map((shard) => shard!.ParentShardId)).toEqual([FIRST_SHARD, FIRST_SHARD]);
      expect(low!.HashKeyRange!.EndingHashKey).toBe((BigInt(HALF) - 1n).toString());
      expect(high!.HashKeyRange).toEqual({ StartingHashKey: HALF, EndingHashKey: MAX_HASH_KEY });
      expect(openOf(shards)).toHaveLength(2);
      const [answer] = await put(client, StreamName, 'anything');
      expect(answer!.ShardId).not.toBe(FIRST_SHARD);
    });

    it('says how many shards are open', async () => {
      const before = await client.send(new DescribeLimitsCommand({}));
      await newStream(client, 2);
      const after = await client.send(new DescribeLimitsCommand({}));
      expect(after.OpenShardCount! - before.OpenShardCount!).toBe(2);
    });

    it('reads a closed shard to its end, and then names its children', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'a', 'b');
      const place = await iterator(client, StreamName);
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF }));
      await untilActive(client, StreamName);
      await put(client, StreamName, 'c');
      const first = await client.send(new GetRecordsCommand({ ShardIterator: place, Limit: 1 }));
      expect(texts(first)).toEqual(['a']);
      expect(first.NextShardIterator).toBeTruthy();
      let last = first;
      const rest: string[] = [];
      // The end may come with the last records or with an empty page behind them.
      for (let pages = 0; last.NextShardIterator && pages < 3; pages += 1) {
        last = await client.send(new GetRecordsCommand({ ShardIterator: last.NextShardIterator }));
        rest.push(...texts(last));
      }
      expect(rest).toEqual(['b']);
      expect(last.NextShardIterator ?? undefined).toBeUndefined();
      const children = last.ChildShards!.map(({ ShardId, ParentShards }) => [ShardId, ParentShards]);
      expect(children).toEqual([1, 2].map((index) => [`shardId-00000000000${index}`, [FIRST_SHARD]]));
    });

    it('gives the records of a child larger numbers than those of its parents', async () => {
      const StreamName = await newStream(client);
      const [before] = await put(client, StreamName, 'before');
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF }));
      await untilActive(client, StreamName);
      const [after] = await put(client, StreamName, 'after');
      expect(BigInt(after!.SequenceNumber!)).toBeGreaterThan(BigInt(before!.SequenceNumber!));
      expect(after!.SequenceNumber).toHaveLength(56);
    });

    it('describes the shards of a stream page by page', async () => {
      const StreamName = await newStream(client, 3);
      const first = await client.send(new DescribeStreamCommand({ StreamName, Limit: 2 }));
      expect(first.StreamDescription).toMatchObject({ HasMoreShards: true });
      const ExclusiveStartShardId = first.StreamDescription!.Shards!.at(-1)!.ShardId!;
      const second = await client.send(new DescribeStreamCommand({ StreamName, ExclusiveStartShardId }));
      expect(second.StreamDescription).toMatchObject({
        HasMoreShards: false,
        Shards: [{ ShardId: 'shardId-000000000002' }],
      });
    });

    it('lists the shards that are open now', async () => {
      const StreamName = await newStream(client);
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF }));
      await untilActive(client, StreamName);
      const filter = { Type: 'AT_LATEST' } as const;
      const { Shards } = await client.send(new ListShardsCommand({ StreamName, ShardFilter: filter }));
      expect(Shards!.map(({ ShardId }) => ShardId)).toEqual(['shardId-000000000001', 'shardId-000000000002']);
    });
  });
}

function texts({ Records }: GetRecordsCommandOutput): string[] {
  return Records!.map(({ Data }) => Buffer.from(Data!).toString());
}

async function untilGone(client: KinesisClient, StreamName: string): Promise<void> {
  for (;;) {
    const { StreamNames } = await client.send(new ListStreamsCommand({}));
    if (!StreamNames!.includes(StreamName)) return;
    await sleep(25);
  }
}
