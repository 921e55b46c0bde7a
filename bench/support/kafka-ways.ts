import { Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaAt } from '../../test/support/kafka-broker.js';

/** Publishes records, or reads a topic from its beginning. */
export interface KafkaWay {
  publish(topic: string, values: readonly Buffer[]): Promise<void>;
  read(topic: string, count: number): Promise<number>;
  close(): Promise<void>;
}

/** As many go together as fit well into a request of each; all acknowledged by all replicas, none compressed. */
const BATCH = 2000;
const KEYS = 997;

export const keyOf = (n: number): string => `key-${n % KEYS}`;

/** The client alone: idempotent, one batch after another, as its sequence numbers want it; read by a group of one. */
export function clientAlone(broker: string): KafkaWay {
  const options = { clientId: 'bench', bootstrapBrokers: [broker] };
  const producer = new Producer({ ...options, idempotent: true });
  return {
    publish: async (topic, values) => {
      const messages = values.map((value, n) => ({ topic, key: Buffer.from(keyOf(n)), value }));
      for (let at = 0; at < messages.length; at += BATCH) {
        await producer.send({ messages: messages.slice(at, at + BATCH) });
      }
    },
    read: async (topic, count) => {
      const consumer = new Consumer({ ...options, groupId: `alone-${performance.now()}`, maxWaitTime: 100 });
      const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false });
      let seen = 0;
      for await (const { value } of stream) if (value.length > 0 && ++seen >= count) break;
      await Promise.resolve(consumer.close(true));
      return seen;
    },
    close: () => producer.close(),
  };
}

export async function kafkajs(broker: string): Promise<KafkaWay> {
  const kafka = new Kafka({ clientId: 'bench', brokers: [broker], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  return {
    publish: async (topic, values) => {
      const messages = values.map((value, n) => ({ key: keyOf(n), value }));
      for (let at = 0; at < messages.length; at += BATCH) {
        await producer.send({ topic, messages: messages.slice(at, at + BATCH), acks: -1 });
      }
    },
    read: async (topic, count) => {
      const consumer = kafka.consumer({ groupId: `kafkajs-${performance.now()}`, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      let seen = 0;
      await new Promise<void>((done) => {
        const eachBatch = async ({ batch }: { batch: { messages: readonly unknown[] } }): Promise<void> => {
          seen += batch.messages.length;
          if (seen >= count) done();
        };
        void consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 4, eachBatch });
      });
      await consumer.disconnect();
      return seen;
    },
    close: () => producer.disconnect(),
  };
}

export function penstock(broker: string): KafkaWay {
  const kafka = kafkaAt(broker, { compression: 'none', pollMs: 100 });
  return {
    publish: async (topic, values) => {
      const records = values.map((data, n) => ({ partitionKey: keyOf(n), data }));
      for (let at = 0; at < records.length; at += BATCH) {
        await kafka.sink.publish(`kafka:${topic}`, records.slice(at, at + BATCH));
      }
    },
    read: async (topic, count) => {
      const { arn: streamArn } = await kafka.source.describe(`kafka:${topic}`, 'service');
      const over = new AbortController();
      let seen = 0;
      const readShard = async (shardId: string): Promise<void> => {
        const shard = { streamArn, shardId, from: { kind: 'trim-horizon' }, identity: 'service' } as const;
        for await (const { records } of kafka.source.read(shard, over.signal)) {
          seen += records.length;
          if (seen >= count) over.abort();
        }
      };
      const shards = await kafka.source.shards(streamArn, 'service');
      await Promise.all(shards.map(({ shardId }) => readShard(shardId)));
      return seen;
    },
    close: () => kafka.close(),
  };
}
