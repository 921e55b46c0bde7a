import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShardPosition, StreamSource } from '../../src/domain/ports/stream-source.port.js';
import type { StreamRecord } from '../../src/domain/stream-onboarding/stream-record.js';
import { foreignClients, HOW_TO, kafkaAt, NO_BROKER, TEST_BROKERS } from '../support/kafka-broker.js';
import { foreignTransactions, KAFKA_NAMES, newTopic, putOne } from '../support/kafka-topics.js';
import { streamSourceContract } from './stream-source.contract.js';

const broker = TEST_BROKERS ?? '';
const TRIM_HORIZON: ShardPosition = { kind: 'trim-horizon' };

describe.skipIf(broker === '')(`Kafka${HOW_TO}`, () => {
  streamSourceContract('Kafka', async () => {
    const foreign = foreignClients(broker);
    const [here, nowhere] = [kafkaAt(broker), kafkaAt(...NO_BROKER)];
    return {
      names: KAFKA_NAMES,
      source: here.source,
      unreachable: nowhere.source,
      createStream: async (shards) => `kafka:${await newTopic(foreign.admin, shards)}`,
      put: (streamName, value, key = 'key') => putOne(foreign.producer, streamName.slice(6), { key, value }),
      close: async () => {
        await Promise.all([here.close(), nowhere.close(), foreign.close()]);
      },
    };
  });

  describe('what only Kafka has', () => {
    let foreign: ReturnType<typeof foreignClients>;
    let here: ReturnType<typeof kafkaAt>;
    beforeAll(() => {
      foreign = foreignClients(broker);
      here = kafkaAt(broker);
    });
    afterAll(async () => {
      await Promise.all([foreign.close(), here.close()]);
    });

    const readAll = (topic: string, from: ShardPosition = TRIM_HORIZON) =>
      readPartition(here.source, topic, { from, partition: 0 });
    const texts = (records: readonly StreamRecord[]) => records.map(({ data }) => Buffer.from(data).toString());

    it('carries headers, and tells a tombstone from an empty value', async () => {
      const topic = await newTopic(foreign.admin);
      const headers = new Map([[Buffer.from('kind'), Buffer.from('sale')]]);
      const key = Buffer.from('k');
      const messages = [
        { topic, key, value: Buffer.from('{}'), headers },
        { topic, key, value: Buffer.alloc(0) },
        { topic, key, value: null as unknown as Buffer },
        { topic, value: Buffer.from('no key') },
      ].map((message) => ({ ...message, partition: 0 }));
      await foreign.producer.send({ messages });
      const records = await readAll(topic);
      expect(texts(records)).toEqual(['{}', '', '', 'no key']);
      expect(Buffer.from(records[0]!.headers!.get('kind')!).toString()).toBe('sale');
      expect(records.map(({ isTombstone }) => isTombstone)).toEqual([undefined, undefined, true, undefined]);
      expect(records.map(({ partitionKey }) => partitionKey)).toEqual(['k', 'k', 'k', '']);
    });

    it.each(['gzip', 'snappy', 'lz4'] as const)(
      'reads what is compressed by %s, from the middle of a batch too',
      async (compression) => {
        const topic = await newTopic(foreign.admin);
        const messages = Array.from({ length: 500 }, (_, n) => ({
          topic,
          partition: 0,
          value: Buffer.from(`record ${n}`),
        }));
        await foreign.producer.send({ messages, compression });
        expect(texts(await readAll(topic))).toEqual(messages.map(({ value }) => value.toString()));
        const behind = await readAll(topic, { kind: 'after', sequenceNumber: '321' });
        expect([behind.length, behind[0]!.sequenceNumber, texts(behind)[0]]).toEqual([178, '322', 'record 322']);
      },
    );

    it('starts at the first record of a time', async () => {
      const topic = await newTopic(foreign.admin);
      const messages = [1000, 2000, 3000].map((ms) => ({
        topic,
        partition: 0,
        value: Buffer.from(String(ms)),
        timestamp: 1_700_000_000_000n + BigInt(ms),
      }));
      await foreign.producer.send({ messages });
      expect(texts(await readAll(topic, { kind: 'at-time', ms: 1_700_000_001_500 }))).toEqual(['2000', '3000']);
      expect(await readAll(topic, { kind: 'at-time', ms: 1_700_000_009_000 })).toEqual([]);
    });

    it('gives what transactions have committed, and nothing of aborted or open ones, however pages are cut', async () => {
      const topic = await newTopic(foreign.admin);
      const small = kafkaAt(broker, { maxFetchBytes: 1024 });
      const transactional = foreignTransactions(broker);
      try {
        const sent = await transactional.send(topic, ['commit', 'abort', 'commit', 'abort', 'abort', 'commit']);
        const committed = sent.filter(({ fate }) => fate === 'commit').flatMap(({ values }) => values);
        for (const source of [here.source, small.source]) {
          expect(texts(await readPartition(source, topic, { from: TRIM_HORIZON, partition: 0 }))).toEqual(committed);
        }
        const inside = { kind: 'at', sequenceNumber: '150' } as const; // in the second transaction, which was aborted
        expect(texts(await readPartition(small.source, topic, { from: inside, partition: 0 }))).toEqual(
          committed.slice(100),
        );
      } finally {
        await Promise.all([small.close(), transactional.close()]);
      }
    });

    it('goes on with the oldest record kept when those before have been deleted, and says how many are lost', async () => {
      const topic = await newTopic(foreign.admin);
      for (const value of ['one', 'two', 'three', 'four']) await putOne(foreign.producer, topic, { value });
      await foreign.admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 2n }] }] });
      expect(texts(await readAll(topic))).toEqual(['three', 'four']);
      expect(here.log.errors).toEqual([]);
      expect(texts(await readAll(topic, { kind: 'after', sequenceNumber: '0' }))).toEqual(['three', 'four']);
      expect(here.log.errors).toMatchObject([
        {
          message: 'Records are lost',
          error: { code: 'stream.expired' },
          fields: { topic, partition: 0, missing: '1' },
        },
      ]);
    });

    it('says so when a partition ends before what was read of it', async () => {
      const topic = await newTopic(foreign.admin);
      await putOne(foreign.producer, topic, { value: 'one' });
      const impatient = kafkaAt(broker, { patienceMs: 300 });
      const reading = readPartition(impatient.source, topic, {
        from: { kind: 'after', sequenceNumber: '41' },
        partition: 0,
      });
      await expect(reading).rejects.toMatchObject({ code: 'stream.expired' });
      await impatient.close();
    });

    it('finds partitions that are added while it runs', async () => {
      const topic = await newTopic(foreign.admin, 1);
      const { arn } = await here.source.describe(`kafka:${topic}`, 'service');
      await foreign.admin.createPartitions({ topics: [{ name: topic, count: 3 }] });
      await expect
        .poll(async () => (await here.source.shards(arn, 'service')).map(({ shardId }) => shardId), { timeout: 60_000 })
        .toEqual(['partition-0', 'partition-1', 'partition-2']);
    });

    it('does not take a topic for one that had its name before', async () => {
      const topic = await newTopic(foreign.admin);
      const { arn } = await here.source.describe(`kafka:${topic}`, 'service');
      await foreign.admin.deleteTopics({ topics: [topic] });
      await expect.poll(() => codeOf(here.source.shards(arn, 'service')), { timeout: 60_000 }).toBe('stream.unknown');
      await foreign.admin.createTopics({ topics: [topic], partitions: 1 });
      await expect
        .poll(
          () =>
            codeOf(here.source.describe(`kafka:${topic}`, 'service').then(({ arn: now }) => expect(now).not.toBe(arn))),
          { timeout: 60_000 },
        )
        .toBe('none');
      await expect(here.source.shards(arn, 'service')).rejects.toMatchObject({ code: 'stream.unknown' });
    });

    it('shows how far a reader is as the committed offsets of a group', async () => {
      const topic = await newTopic(foreign.admin);
      const { arn: streamArn } = await here.source.describe(`kafka:${topic}`, 'service');
      const own = kafkaAt(broker);
      own.source.showProgress({ reader: topic, streamArn, shardId: 'partition-0', sequenceNumber: '6' });
      own.source.showProgress({ reader: topic, streamArn, shardId: 'partition-0', sequenceNumber: '7' });
      await own.close(); // tells what is untold
      const groups = [{ groupId: `penstock-${topic}`, topics: [{ name: topic, partitionIndexes: [0] }] }];
      const [group] = await foreign.admin.listConsumerGroupOffsets({ groups });
      expect(group!.topics[0]!.partitions[0]!.committedOffset).toBe(8n);
    });

    it('says so where no topic can have such a name', async () => {
      for (const name of ['kafka:', 'kafka:a b', 'kafka:..', `kafka:${'x'.repeat(250)}`]) {
        await expect(here.source.describe(name, 'service')).rejects.toMatchObject({ code: 'stream.unknown' });
      }
    });
  });
});

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'none',
    (cause: unknown) => (cause as { code?: string }).code ?? String(cause),
  );
}

async function readPartition(
  source: StreamSource,
  topic: string,
  { from, partition }: { from: ShardPosition; partition: number },
): Promise<StreamRecord[]> {
  const { arn: streamArn } = await source.describe(`kafka:${topic}`, 'service');
  const shard = { streamArn, shardId: `partition-${partition}`, from, identity: 'service' as const };
  const records: StreamRecord[] = [];
  for await (const page of source.read(shard, new AbortController().signal)) {
    records.push(...page.records);
    if (page.behindMs === 0 && page.records.length === 0) return records;
  }
  return records;
}
