import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  RemoveTagsFromStreamCommand,
  SplitShardCommand,
  UpdateMaxRecordSizeCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IDENTITY } from '../support/aws-identity.js';
import {
  FIRST_SHARD,
  iterator,
  kinesisClient,
  newStream,
  openOf,
  put,
  read,
  shardsOf,
  untilActive,
} from '../support/kinesis-client.js';
import { openOwnEndpoint, type OwnEndpoint } from '../support/kinesis-engines.js';
import { exchange } from '../support/s3-raw.js';

const HALF = (2n ** 127n).toString();
const HOUR_MS = 3_600_000;

/**
 * What the service does and no emulator that could judge it: kinesis-local 0.6.2 and moto check no credentials, let no
 * time pass, write no files, enforce neither the number of records nor all limits of members, and answer 500 or
 * InvalidArgumentException where the service has an exception of its own. So these cases are for our endpoint alone.
 */
describe('Kinesis on the embedded endpoint only', () => {
  let clockMs: number;
  let own: OwnEndpoint;
  let client: KinesisClient;
  beforeEach(async () => {
    const startedMs = Date.now();
    clockMs = 0;
    own = await openOwnEndpoint({ now: () => startedMs + clockMs, transitionMs: 0 });
    ({ client } = own);
  });
  afterEach(() => own.close());

  const later = (ms: number): void => {
    clockMs += ms;
  };
  const named = (name: string) => ({ name });

  describe('credentials', () => {
    it('knows one access key and its secret, in one region', async () => {
      const list = (credentials: typeof IDENTITY, region?: string) =>
        kinesisClient(own.url, credentials, region).send(new ListStreamsCommand({}));
      await expect(list(IDENTITY)).resolves.toMatchObject({ StreamNames: [] });
      await expect(list({ ...IDENTITY, accessKeyId: 'stranger' })).rejects.toMatchObject(
        named('UnrecognizedClientException'),
      );
      await expect(list({ ...IDENTITY, secretAccessKey: 'guess' })).rejects.toMatchObject(
        named('InvalidSignatureException'),
      );
      await expect(list(IDENTITY, 'eu-west-1')).rejects.toMatchObject(named('InvalidSignatureException'));
    });

    it('refuses a request without a signature', async () => {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Kinesis_20131202.ListStreams' };
      const answer = await fetch(own.url, { method: 'POST', headers, body: '{}' });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
      expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
      expect(await answer.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    });
  });

  describe('requests', () => {
    it('answers an operation it does not have as the service does', async () => {
      const register = new RegisterStreamConsumerCommand({
        StreamARN: `arn:aws:kinesis:us-east-1:000000000000:stream/a`,
        ConsumerName: 'c',
      });
      await expect(client.send(register)).rejects.toMatchObject({
        ...named('UnknownOperationException'),
        $metadata: { httpStatusCode: 400 },
      });
    });

    it('refuses what breaks the rules of a member', async () => {
      const StreamName = await newStream(client);
      const refused = (command: object, error: object) =>
        expect(client.send(command as PutRecordCommand)).rejects.toMatchObject(error);
      const invalid = named('ValidationException');
      const record = { StreamName, Data: Buffer.from('x'), PartitionKey: 'k' };
      await refused(new CreateStreamCommand({ StreamName: 'no spaces!', ShardCount: 1 }), invalid);
      await refused(new CreateStreamCommand({ StreamName: 'shardless' }), invalid);
      await refused(new PutRecordCommand({ ...record, PartitionKey: 'k'.repeat(257) }), invalid);
      await refused(new PutRecordCommand({ ...record, PartitionKey: '' }), invalid);
      await refused(new PutRecordCommand({ ...record, ExplicitHashKey: '-1' }), invalid);
      await refused(new PutRecordCommand({ ...record, Data: Buffer.alloc(1024 * 1024) }), invalid);
      await refused(new PutRecordsCommand({ StreamName, Records: [] }), invalid);
      const ShardIterator = await iterator(client, StreamName);
      await refused(new GetRecordsCommand({ ShardIterator, Limit: 10_001 }), invalid);
      const misplaced = named('InvalidArgumentException');
      await refused(new PutRecordCommand({ ...record, ExplicitHashKey: (2n ** 128n).toString() }), misplaced);
      await refused(new DescribeStreamCommand({}), misplaced);
      await refused(new GetRecordsCommand({ ShardIterator: 'forged' }), misplaced);
      await refused(new GetRecordsCommand({ ShardIterator: ShardIterator.replace(/.$/, '') }), misplaced);
      await refused(
        new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: '0' }),
        misplaced,
      );
      const nowhere = { StreamName, ShardToSplit: 'shardId-000000000009', NewStartingHashKey: HALF };
      await refused(new SplitShardCommand(nowhere), named('ResourceNotFoundException'));
    });

    it('takes 500 records and 5 MiB at once, not more', async () => {
      const StreamName = await newStream(client);
      const records = (count: number, bytes: number) =>
        new PutRecordsCommand({
          StreamName,
          Records: Array.from({ length: count }, () => ({ Data: Buffer.alloc(bytes), PartitionKey: 'k' })),
        });
      await expect(client.send(records(500, 1))).resolves.toMatchObject({ FailedRecordCount: 0 });
      await expect(client.send(records(501, 1))).rejects.toMatchObject(named('ValidationException'));
      await expect(client.send(records(5, 1024 * 1024 - 1))).resolves.toMatchObject({ FailedRecordCount: 0 });
      await expect(client.send(records(6, 1024 * 1024 - 1))).rejects.toMatchObject(named('InvalidArgumentException'));
    });

    it.each([
      ['announces', {}],
      ['does not announce', { 'transfer-encoding': 'chunked' }],
    ])('answers who sends far too much and %s it', async (_, headers) => {
      const body = Buffer.alloc(32 * 1024 ** 2);
      const refused = await exchange(own.url, { method: 'POST', path: '/', headers: { ...headers }, body });
      expect(refused).toMatchObject({ status: 413, headers: { 'x-amzn-errortype': 'RequestEntityTooLargeException' } });
    });

    it('takes larger records into a stream that allows them', async () => {
      const StreamName = await newStream(client);
      const { StreamARN } = (await client.send(new DescribeStreamSummaryCommand({ StreamName })))
        .StreamDescriptionSummary!;
      const Data = Buffer.alloc(9 * 1024 * 1024, 'x');
      const large = new PutRecordCommand({ StreamName, Data, PartitionKey: 'k' });
      await expect(client.send(large)).rejects.toMatchObject(named('ValidationException'));
      await client.send(new UpdateMaxRecordSizeCommand({ StreamARN: StreamARN!, MaxRecordSizeInKiB: 10_240 }));
      const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(summary).toMatchObject({ MaxRecordSizeInKiB: 10_240 });
      for (let times = 0; times < 2; times += 1) await client.send(large);
      const first = await client.send(new GetRecordsCommand({ ShardIterator: await iterator(client, StreamName) }));
      expect(first.Records).toHaveLength(1); // 10 MiB at most in one answer
      expect(Buffer.from(first.Records![0]!.Data!).equals(Data)).toBe(true);
      expect(first.MillisBehindLatest).toBeGreaterThan(0);
    });

    it('takes the ARN of a stream in place of its name everywhere', async () => {
      const StreamName = await newStream(client, 2);
      const { StreamARN } = (await client.send(new DescribeStreamSummaryCommand({ StreamName })))
        .StreamDescriptionSummary!;
      const stream = { StreamARN: StreamARN! };
      const [left, right] = await shardsOf(client, StreamName);
      const Data = Buffer.from('x');
      const ShardIterator = await iterator(client, StreamName);
      const commands: object[] = [
        new DescribeStreamCommand(stream),
        new ListShardsCommand(stream),
        new PutRecordCommand({ ...stream, Data, PartitionKey: 'k' }),
        new PutRecordsCommand({ ...stream, Records: [{ Data, PartitionKey: 'k' }] }),
        new GetRecordsCommand({ ...stream, ShardIterator }),
        new AddTagsToStreamCommand({ ...stream, Tags: { a: 'b' } }),
        new ListTagsForStreamCommand(stream),
        new RemoveTagsFromStreamCommand({ ...stream, TagKeys: ['a'] }),
        new IncreaseStreamRetentionPeriodCommand({ ...stream, RetentionPeriodHours: 30 }),
        new DecreaseStreamRetentionPeriodCommand({ ...stream, RetentionPeriodHours: 24 }),
        new MergeShardsCommand({ ...stream, ShardToMerge: left!.ShardId!, AdjacentShardToMerge: right!.ShardId! }),
        new SplitShardCommand({ ...stream, ShardToSplit: 'shardId-000000000002', NewStartingHashKey: HALF }),
        new UpdateShardCountCommand({ ...stream, TargetShardCount: 3, ScalingType: 'UNIFORM_SCALING' }),
        new DeleteStreamCommand(stream),
      ];
      for (const command of commands) await client.send(command as DescribeStreamCommand);
      await expect(client.send(new DescribeStreamCommand(stream))).rejects.toMatchObject(
        named('ResourceNotFoundException'),
      );
    });

    it('lists streams by token, and refuses tokens that are old, foreign or not alone', async () => {
      const names = [await newStream(client, 3), await newStream(client), await newStream(client)];
      const first = await client.send(new ListStreamsCommand({ Limit: 2 }));
      const second = await client.send(new ListStreamsCommand({ NextToken: first.NextToken! }));
      expect([...first.StreamNames!, ...second.StreamNames!]).toEqual(names.toSorted());
      const { NextToken } = await client.send(new ListShardsCommand({ StreamName: names[0]!, MaxResults: 1 }));
      const listed = (input: object, error: object) =>
        expect(client.send(new ListShardsCommand(input))).rejects.toMatchObject(error);
      await listed({ NextToken, StreamName: names[0]! }, named('InvalidArgumentException'));
      await listed({ NextToken: first.NextToken! }, named('InvalidArgumentException'));
      later(300_001);
      await listed({ NextToken }, named('ExpiredNextTokenException'));
    });
  });

  describe('reading', () => {
    it('lets an iterator expire after five minutes', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'a');
      const ShardIterator = await iterator(client, StreamName);
      later(300_000);
      await expect(client.send(new GetRecordsCommand({ ShardIterator }))).resolves.toMatchObject({
        Records: [{ PartitionKey: 'a' }],
      });
      later(1);
      await expect(client.send(new GetRecordsCommand({ ShardIterator }))).rejects.toMatchObject(
        named('ExpiredIteratorException'),
      );
    });

    it('refuses to start in the future, or at a number of another shard', async () => {
      const StreamName = await newStream(client, 2);
      const shards = await shardsOf(client, StreamName);
      const Timestamp = new Date(Date.now() + HOUR_MS);
      const refused = named('InvalidArgumentException');
      await expect(
        iterator(client, StreamName, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp }),
      ).rejects.toMatchObject(refused);
      const StartingSequenceNumber = shards[1]!.SequenceNumberRange!.StartingSequenceNumber!;
      const foreign = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber } as const;
      await expect(iterator(client, StreamName, foreign)).rejects.toMatchObject(refused);
      await put(client, StreamName, 'a', 'b', 'c', 'd');
      const fromNumber = await read(client, StreamName, { ...foreign, ShardId: 'shardId-000000000001' });
      expect(fromNumber).toEqual(await read(client, StreamName, { ShardId: 'shardId-000000000001' }));
    });

    it('finds the first record of a time exactly, in many segments', async () => {
      await own.close();
      own = await openOwnEndpoint({ now: () => 1_800_000_000_000 + clockMs, transitionMs: 0, segmentBytes: 2000 });
      ({ client } = own);
      const StreamName = await newStream(client);
      const words = Array.from({ length: 40 }, (_, at) => `record-${at}`);
      for (const word of words) {
        await put(client, StreamName, word);
        later(1000);
      }
      for (const [offsetMs, first] of [
        [0, 0],
        [1, 1],
        [9000, 9],
        [9001, 10],
        [38_999, 39],
        [39_000, 39],
        [39_001, 40],
      ] as const) {
        const Timestamp = new Date(1_800_000_000_000 + offsetMs);
        expect(await read(client, StreamName, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp })).toEqual(
          words.slice(first),
        );
      }
    });

    it('says how far behind a reader is', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'a', 'b');
      later(5000);
      const ShardIterator = await iterator(client, StreamName);
      const behind = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }));
      expect(behind.MillisBehindLatest).toBeGreaterThanOrEqual(5000);
      const atTip = await client.send(new GetRecordsCommand({ ShardIterator }));
      expect(atTip.MillisBehindLatest).toBe(0);
    });
  });

  describe('retention', () => {
    it('removes records when their time is over, and the files they were in', async () => {
      await own.close();
      own = await openOwnEndpoint({ now: () => Date.now() + clockMs, transitionMs: 0, segmentBytes: 2000 });
      ({ client } = own);
      const StreamName = await newStream(client);
      await put(client, StreamName, ...Array.from({ length: 30 }, (_, at) => `old-${at}`));
      later(12 * HOUR_MS);
      const [young] = await put(client, StreamName, 'young');
      later(12 * HOUR_MS + 60_000);
      const before = await segmentsIn(own.dir);
      expect(await read(client, StreamName)).toEqual(['young']); // before anything is swept
      await own.endpoint.trim();
      expect((await segmentsIn(own.dir)).length).toBeLessThan(before.length);
      expect(await read(client, StreamName)).toEqual(['young']);
      later(24 * HOUR_MS);
      await own.endpoint.trim();
      expect(await read(client, StreamName)).toEqual([]);
      const [next] = await put(client, StreamName, 'next');
      expect(BigInt(next!.SequenceNumber!)).toBeGreaterThan(BigInt(young!.SequenceNumber!));
      expect(await read(client, StreamName)).toEqual(['next']);
    });

    it('does not bring back what a shorter retention removed', async () => {
      const StreamName = await newStream(client);
      await client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }));
      await put(client, StreamName, 'old');
      later(30 * HOUR_MS);
      await put(client, StreamName, 'young');
      expect(await read(client, StreamName)).toEqual(['old', 'young']);
      await client.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 }));
      expect(await read(client, StreamName)).toEqual(['young']);
      await client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }));
      expect(await read(client, StreamName)).toEqual(['young']);
    });

    it('forgets a closed shard once all of it has expired', async () => {
      const StreamName = await newStream(client);
      await put(client, StreamName, 'a');
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF }));
      expect(await read(client, StreamName)).toEqual(['a']);
      later(25 * HOUR_MS);
      await own.endpoint.trim();
      const left = await shardsOf(client, StreamName);
      expect(left.map(({ ShardId, ParentShardId }) => [ShardId, ParentShardId])).toEqual([
        ['shardId-000000000001', FIRST_SHARD],
        ['shardId-000000000002', FIRST_SHARD],
      ]);
      await expect(iterator(client, StreamName)).rejects.toMatchObject(named('ResourceNotFoundException'));
    });
  });

  describe('resharding', () => {
    it('loses and repeats nothing while shards are split, merged and counted anew under load', async () => {
      const StreamName = await newStream(client, 2);
      const sent: string[] = [];
      const over = new AbortController();
      const produce = async (producer: number): Promise<void> => {
        for (let round = 0; !over.signal.aborted; round += 1) {
          const words = Array.from({ length: 20 }, (_, at) => `${producer}-${round}-${at}`);
          const Records = words.map((word) => ({ Data: Buffer.from(word), PartitionKey: word }));
          const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
          expect(answer.FailedRecordCount).toBe(0);
          sent.push(...words);
        }
      };
      const producers = [1, 2, 3].map(produce);
      for (const TargetShardCount of [4, 3, 2, 4, 5, 3]) {
        await client.send(
          new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }),
        );
        expect(openOf(await shardsOf(client, StreamName))).toHaveLength(TargetShardCount);
        await sleep(20);
      }
      over.abort();
      await Promise.all(producers);
      const received = [];
      for (const { ShardId } of await shardsOf(client, StreamName))
        received.push(...(await read(client, StreamName, { ShardId: ShardId! })));
      expect(received.toSorted()).toEqual(sent.toSorted());
    });

    it('makes shards of equal size from any others, with parents that are closed', async () => {
      const StreamName = await newStream(client, 3);
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: '12345' }));
      await client.send(
        new UpdateShardCountCommand({ StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }),
      );
      const shards = await shardsOf(client, StreamName);
      const open = openOf(shards).map(({ HashKeyRange: range }) => range!.StartingHashKey!);
      expect(open.sort()).toEqual(['0', HALF].sort());
      const closed = new Set(shards.filter((shard) => !openOf(shards).includes(shard)).map(({ ShardId }) => ShardId));
      const parents = shards.flatMap(({ ParentShardId, AdjacentParentShardId }) => [
        ParentShardId,
        AdjacentParentShardId,
      ]);
      expect(parents.filter((parent) => parent !== undefined && !closed.has(parent))).toEqual([]);
    });

    it('refuses more than twice or less than half the shards, and more than the account may have', async () => {
      const StreamName = await newStream(client, 4);
      const count = (TargetShardCount: number) =>
        client.send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }));
      await expect(count(9)).rejects.toMatchObject(named('InvalidArgumentException'));
      await expect(count(1)).rejects.toMatchObject(named('InvalidArgumentException'));
      const many = new CreateStreamCommand({ StreamName: 'many', ShardCount: 497 });
      await expect(client.send(many)).rejects.toMatchObject(named('LimitExceededException'));
    });

    it('refuses to split or merge a closed shard', async () => {
      // As moto does, after the words of the service; kinesis-local says ResourceInUseException.
      const StreamName = await newStream(client, 2);
      const split = new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: '1000' });
      await client.send(split);
      await expect(client.send(split)).rejects.toMatchObject(named('InvalidArgumentException'));
      const merge = { StreamName, ShardToMerge: 'shardId-000000000001', AdjacentShardToMerge: FIRST_SHARD };
      await expect(client.send(new MergeShardsCommand(merge))).rejects.toMatchObject(named('InvalidArgumentException'));
    });

    it('allows one change of shards at a time', async () => {
      await own.close();
      own = await openOwnEndpoint({ now: () => 1_800_000_000_000 + clockMs, transitionMs: 1000 });
      ({ client } = own);
      await client.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
      await expect(put(client, 's', 'a')).rejects.toMatchObject(named('ResourceNotFoundException'));
      later(1000);
      await untilActive(client, 's');
      const split = new SplitShardCommand({ StreamName: 's', ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF });
      await client.send(split);
      const next = new SplitShardCommand({
        StreamName: 's',
        ShardToSplit: 'shardId-000000000001',
        NewStartingHashKey: '1000',
      });
      await expect(client.send(next)).rejects.toMatchObject(named('ResourceInUseException'));
      await put(client, 's', 'while updating');
      later(1000);
      await client.send(next);
    });

    it('lists the shards of a time', async () => {
      const StreamName = await newStream(client);
      later(1000);
      const before = new Date(Date.now() + clockMs);
      later(1000);
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF }));
      later(1000);
      const ids = async (ShardFilter: object) => {
        const { Shards } = await client.send(
          new ListShardsCommand({ StreamName, ShardFilter } as { StreamName: string }),
        );
        return Shards!.map(({ ShardId }) => Number(ShardId!.slice(-1)));
      };
      expect(await ids({ Type: 'AT_TIMESTAMP', Timestamp: before })).toEqual([0]);
      expect(await ids({ Type: 'AT_TIMESTAMP', Timestamp: new Date(before.getTime() + 1800) })).toEqual([1, 2]);
      expect(await ids({ Type: 'FROM_TIMESTAMP', Timestamp: before })).toEqual([0, 1, 2]);
      expect(await ids({ Type: 'AT_TRIM_HORIZON' })).toEqual([0]);
      expect(await ids({ Type: 'FROM_TRIM_HORIZON' })).toEqual([0, 1, 2]);
      expect(await ids({ Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000001' })).toEqual([2]);
    });
  });

  describe('throughput limits, when they are switched on', () => {
    it('refuses the records of a shard that are too many for a second, and only those', async () => {
      await own.close();
      own = await openOwnEndpoint({
        now: () => 1_800_000_000_000 + clockMs,
        transitionMs: 0,
        limits: { throttleWrites: true },
      });
      ({ client } = own);
      const StreamName = await newStream(client, 2);
      const records = (key: string, count: number) =>
        Array.from({ length: count }, () => ({ Data: Buffer.from('x'), PartitionKey: 'k', ExplicitHashKey: key }));
      const putMany = (Records: ReturnType<typeof records>) =>
        client.send(new PutRecordsCommand({ StreamName, Records }));
      await putMany(records('0', 500));
      await putMany(records('0', 490));
      const mixed = await putMany([...records('0', 20), ...records(HALF, 5)]);
      expect(mixed.FailedRecordCount).toBe(10);
      const failed = mixed.Records!.map(({ ErrorCode }) => ErrorCode);
      expect(failed.slice(10, 20)).toEqual(Array.from({ length: 10 }, () => 'ProvisionedThroughputExceededException'));
      expect([...failed.slice(0, 10), ...failed.slice(20)].filter(Boolean)).toEqual([]);
      const single = new PutRecordCommand({ StreamName, ...records('0', 1)[0]! });
      await expect(client.send(single)).rejects.toMatchObject(named('ProvisionedThroughputExceededException'));
      later(1000);
      await client.send(single);
      expect(await read(client, StreamName)).toHaveLength(1001);
    });
  });
});

async function segmentsIn(dir: string): Promise<string[]> {
  const names = await readdir(join(dir, 'streams'), { recursive: true });
  return names.filter((name) => name.endsWith('.log'));
}
