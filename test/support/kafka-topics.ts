import { type Admin, Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka';
import type { StreamNames } from '../contracts/stream-source.contract.js';
import { freshName } from './engine-of.js';

const WEEK_HOURS = 168;

export const KAFKA_NAMES: StreamNames = {
  nobody: {
    name: 'kafka:nowhere',
    arn: 'kafka:nowhere/00000000-0000-4000-8000-000000000000',
    shardId: 'partition-99',
  },
  arn: (name) => new RegExp(`^${name}/[0-9a-f-]{36}$`),
  retentionHours: WEEK_HOURS,
};

/** @returns the topic's name, without the prefix */
export async function newTopic(
  admin: Admin,
  partitions = 1,
  configs: Readonly<Record<string, string>> = {},
): Promise<string> {
  const topic = freshName('topic');
  await admin.createTopics({
    topics: [topic],
    partitions,
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  });
  return topic;
}

/** Puts one record into partition 0, or where its key belongs by the client's own choice. */
export async function putOne(
  producer: Producer,
  topic: string,
  { key = 'key', value }: { key?: string; value: string | Uint8Array },
): Promise<{ sequenceNumber: string }> {
  const messages = [{ topic, key: Buffer.from(key), value: Buffer.from(value), partition: 0 }];
  const { offsets } = await producer.send({ messages });
  return { sequenceNumber: String(offsets![0]!.offset) };
}

/** All records of a topic, partition by partition in order, as an ordinary member of a consumer group gets them. */
export async function readByGroup(
  broker: string,
  topic: string,
): Promise<{ key: string; text: string; partition: number }[][]> {
  const options = { clientId: 'group', bootstrapBrokers: [broker], retries: 10, retryDelay: 200 };
  const consumer = new Consumer({ ...options, groupId: freshName('group'), maxWaitTime: 100 });
  try {
    const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic)!;
    const all: { key: string; text: string; partition: number }[][] = ends.map(() => []);
    let left = ends.filter((end) => end > 0n).length;
    if (left === 0) return all;
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST });
    for await (const { key, value, partition, offset } of stream) {
      all[partition]!.push({ key: key?.toString() ?? '', text: value.toString(), partition });
      if (offset + 1n === ends[partition]) left -= 1;
      if (left === 0) break;
    }
    return all;
  } finally {
    await Promise.resolve(consumer.close(true));
  }
}

/** Transactions of a client that is not ours; the last one stays open until it is closed. */
export function foreignTransactions(broker: string) {
  const producers = [0, 1].map(
    () =>
      new Producer({
        clientId: 'transactions',
        bootstrapBrokers: [broker],
        idempotent: true,
        transactionalId: freshName('tx'),
        retries: 10,
        retryDelay: 200,
      }),
  );
  const ends: (() => Promise<unknown>)[] = [];
  return {
    /** One transaction of 100 records for each fate, in four requests, and one more that is not ended. */
    send: async (topic: string, fates: readonly ('commit' | 'abort')[]) => {
      const sent: { fate: string; values: string[] }[] = [];
      for (const [number, fate] of [...fates, 'open' as const].entries()) {
        const values = Array.from({ length: 100 }, (_, n) => `transaction ${number} record ${n}`);
        const transaction = await producers[fate === 'open' ? 1 : 0]!.beginTransaction();
        for (let at = 0; at < values.length; at += 25) {
          const messages = values
            .slice(at, at + 25)
            .map((value) => ({ topic, partition: 0, value: Buffer.from(value) }));
          await transaction.send({ messages });
        }
        if (fate === 'open') ends.push(() => transaction.abort());
        else await transaction[fate]();
        sent.push({ fate, values });
      }
      return sent;
    },
    close: async (): Promise<void> => {
      for (const end of ends) await end();
      await Promise.all(producers.map((producer) => producer.close()));
    },
  };
}
