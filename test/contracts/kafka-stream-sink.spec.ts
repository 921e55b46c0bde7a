import { compatibilityPartitioner } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignClients, HOW_TO, kafkaAt, NO_BROKER, TEST_BROKERS } from '../support/kafka-broker.js';
import { newTopic, readByGroup } from '../support/kafka-topics.js';
import { streamSinkContract } from './stream-sink.contract.js';

const broker = TEST_BROKERS ?? '';
const record = (partitionKey: string, text: string) => ({ partitionKey, data: Buffer.from(text) });

describe.skipIf(broker === '')(`Kafka${HOW_TO}`, () => {
  streamSinkContract('Kafka', async () => {
    const foreign = foreignClients(broker);
    const adapters = [kafkaAt(broker), kafkaAt(broker), kafkaAt(...NO_BROKER)] as const;
    const [here, others, nowhere] = adapters;
    const topicOf = (name: string): string => name.replace(/^kafka:/, '');
    return {
      sink: here.sink,
      others: others.sink,
      unreachable: nowhere.sink,
      name: (stem) => `kafka:${stem}`,
      shardCount: async (name) => {
        const topic = topicOf(name);
        const { topics } = await foreign.admin.metadata({ topics: [topic], forceUpdate: true });
        return topics.get(topic)!.partitionsCount;
      },
      stored: async (name) => {
        const partitions = await readByGroup(broker, topicOf(name));
        return partitions.map((records) => records.map(({ key, text }) => ({ partitionKey: key, text })));
      },
      close: async () => {
        await Promise.all([...adapters.map((adapter) => adapter.close()), foreign.close()]);
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

    it('stores all that is published at once, each record once, and keeps the order of each publisher', async () => {
      const topic = await newTopic(foreign.admin, 2);
      const publisher = async (name: number): Promise<void> => {
        for (let n = 0; n < 20; n += 1)
          await here.sink.publish(`kafka:${topic}`, [record(`key ${name}`, `${name} ${n}`)]);
      };
      await Promise.all(Array.from({ length: 10 }, (_, name) => publisher(name)));
      const stored = (await readByGroup(broker, topic)).flat();
      for (let name = 0; name < 10; name += 1) {
        const own = stored.filter(({ key }) => key === `key ${name}`).map(({ text }) => text);
        expect(own).toEqual(Array.from({ length: 20 }, (_, n) => `${name} ${n}`));
      }
    });

    it('puts each key where the Java client would put it, and spreads what has none', async () => {
      const topic = await newTopic(foreign.admin, 5);
      const keys = [
        '',
        'a',
        'ab',
        'abc',
        'abcd',
        'größe',
        '😀',
        ...Array.from({ length: 50 }, (_, n) => `user-${n * 7919}`),
      ];
      await here.sink.publish(`kafka:${topic}`, [
        ...keys.map((key) => record(key, key)),
        record('', ''),
        record('', ''),
      ]);
      const stored = (await readByGroup(broker, topic)).flat();
      expect(stored).toHaveLength(keys.length + 2);
      for (const { key, partition } of stored.filter((each) => each.key !== '')) {
        expect([key, partition]).toEqual([key, compatibilityPartitioner({} as never, Buffer.from(key)) % 5]);
      }
      expect(new Set(stored.filter(({ key }) => key === '').map(({ partition }) => partition)).size).toBe(3);
    });

    it.each(['none', 'gzip', 'snappy', 'lz4'] as const)(
      'publishes with compression %s what others can read',
      async (compression) => {
        const topic = await newTopic(foreign.admin, 1);
        const own = kafkaAt(broker, { compression });
        const values = Array.from({ length: 300 }, (_, n) => `{"n":${n},"same":"${'x'.repeat(50)}"}`);
        await own.sink.publish(
          `kafka:${topic}`,
          values.map((value) => record('k', value)),
        );
        expect((await readByGroup(broker, topic)).flat().map(({ text }) => text)).toEqual(values);
        await own.close();
      },
    );

    it('refuses a record that no request can hold, before it publishes any', async () => {
      const topic = await newTopic(foreign.admin, 1);
      const publishing = here.sink.publish(`kafka:${topic}`, [
        record('a', 'small'),
        record('a', 'x'.repeat(1_048_576)),
      ]);
      await expect(publishing).rejects.toMatchObject({ code: 'record.too-large' });
      expect((await readByGroup(broker, topic)).flat()).toEqual([]);
    });

    it('sends smaller batches to a topic that takes only such, and refuses what is too large even alone', async () => {
      const topic = await newTopic(foreign.admin, 1, { 'max.message.bytes': '20000' });
      const own = kafkaAt(broker, { compression: 'none' });
      const values = Array.from({ length: 60 }, (_, n) => `${n} ${'x'.repeat(2000)}`);
      expect(
        await own.sink.publish(
          `kafka:${topic}`,
          values.map((value) => record('k', value)),
        ),
      ).toBe(60);
      expect((await readByGroup(broker, topic)).flat().map(({ text }) => text)).toEqual(values);
      const large = own.sink.publish(`kafka:${topic}`, [record('k', 'x'.repeat(30_000))]);
      const others = own.sink.publish(`kafka:${topic}`, [record('k', 'fits')]);
      const beside = own.sink.publish(`kafka:${topic}`, [record('k', 'x'.repeat(30_000))]);
      await expect(large).rejects.toMatchObject({ code: 'record.too-large' });
      await expect(beside).rejects.toMatchObject({ code: 'record.too-large' });
      expect(await others).toBe(1);
      await own.close();
    });

    it('publishes to partitions that were added meanwhile, where their keys belong', async () => {
      const topic = await newTopic(foreign.admin, 1);
      await here.sink.publish(`kafka:${topic}`, [record('k', 'before')]);
      await foreign.admin.createPartitions({ topics: [{ name: topic, count: 4 }] });
      const keys = Array.from({ length: 40 }, (_, n) => `key ${n}`);
      await expect
        .poll(
          async () => {
            await here.sink.publish(
              `kafka:${topic}`,
              keys.map((key) => record(key, key)),
            );
            const stored = await readByGroup(broker, topic);
            const used = stored.filter((records) => records.some(({ text }) => text !== 'before'));
            return used.length;
          },
          { timeout: 60_000 },
        )
        .toBe(4);
      for (const { key, partition } of (await readByGroup(broker, topic)).slice(1).flat()) {
        expect(partition).toBe(compatibilityPartitioner({} as never, Buffer.from(key)) % 4);
      }
    });
  });
});
