import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOW_TO, kafkaAt, TEST_BROKERS } from '../support/kafka-broker.js';
import { readByGroup } from '../support/kafka-topics.js';
import { OwnBroker } from '../support/own-broker.js';
import { addView, type ConnectorView, countRows, EVENTS, onboard, sums } from './events-table.js';
import { type Api, Household, until } from './household.js';

const TOPIC = 'chaos.events';
const USERS = 30;
const PATIENCE_MS = 120_000;
const ENVIRONMENT = {
  LOGGING_FORMAT: 'text',
  COPY_LEASE_MS: '2500',
  COPY_PLAN_MS: '300',
  COPY_BATCH_AGE_MS: '300',
  COPY_BATCH_ROWS: '500',
  COPY_RETRY_MIN_MS: '50',
  COPY_RETRY_MAX_MS: '1000',
};

/** Needs a broker that may be restarted, so it starts one of its own where there can be one. */
describe.skipIf(TEST_BROKERS === undefined)(`a topic of Kafka copied while everything is killed${HOW_TO}`, () => {
  let broker: OwnBroker;
  let household: Household;
  let api: Api;
  let connectorId: string;
  let kafka: ReturnType<typeof kafkaAt>;
  const enough = new AbortController();
  let published = 0;
  let publishing: Promise<void>;

  beforeAll(async () => {
    broker = await OwnBroker.start();
    const { bootstrap } = broker.address;
    household = await Household.found({ ...ENVIRONMENT, KAFKA_BOOTSTRAP_SERVERS: bootstrap });
    kafka = kafkaAt(bootstrap, { patienceMs: 60_000 });
    await kafka.sink.ensure(`kafka:${TOPIC}`, 3);
    api = await household.serve({ WORKERS: 'off' });
    connectorId = await onboard(api, `kafka:${TOPIC}`);
    await addView(household);
    publishing = publish();
  }, 180_000);

  afterAll(async () => {
    enough.abort();
    await publishing;
    await household?.close();
    await kafka?.close();
    await broker?.close();
  }, 120_000);

  /** Each user's events are numbered as they were sent. A try that failed may have been written all the same. */
  async function publish(): Promise<void> {
    while (!enough.signal.aborted) {
      const records = Array.from({ length: 50 }, (_, index) => {
        const n = published + index;
        const event = { n, user: n % USERS, amount: n % 17 };
        return { partitionKey: `user ${event.user}`, data: Buffer.from(JSON.stringify(event)) };
      });
      await kafka.sink.publish(`kafka:${TOPIC}`, records);
      published += records.length;
      await sleep(40);
    }
  }

  const rowsAfter = async (more: number, what: string): Promise<void> => {
    const before = await countRows(household);
    await until(async () => (await countRows(household)) >= before + more, PATIENCE_MS, what);
  };

  it('has every record once, in the order of each key', { timeout: 6 * PATIENCE_MS }, async () => {
    const first = household.start('worker');
    household.start('worker');
    await rowsAfter(500, 'two workers to copy');
    first.process.kill('SIGKILL');
    await rowsAfter(500, 'the other worker to go on');
    household.start('worker');
    await addPartition(broker.address.bootstrap);
    await rowsAfter(500, 'a partition to be added');
    await broker.end('stopped');
    await broker.resume();
    await rowsAfter(500, 'the broker to be back');
    await broker.end('killed');
    await broker.resume();
    await rowsAfter(500, 'the broker to be back from a kill');
    enough.abort();
    await publishing;

    const stored = await readByGroup(broker.address.bootstrap, TOPIC);
    const expected = new Map(
      stored.flatMap((records, partition) =>
        records.map(({ text }, offset) => [`partition-${partition}/${offset}`, (JSON.parse(text) as { n: number }).n]),
      ),
    );
    expect(new Set(expected.values()).size).toBe(published);
    await until(async () => (await countRows(household)) >= expected.size, PATIENCE_MS, 'all records');
    const rows = await household.clickhouse(`SELECT concat(_shard, '/', _sequence_number), n FROM ${EVENTS}`);
    expect(rows).toHaveLength(expected.size);
    expect(new Map(rows as [string, number][])).toEqual(expected);
    const { table, view } = await sums(household);
    expect(view).toEqual(table);
    expect(stored).toHaveLength(4);
    expect(stored[3]!.length).toBeGreaterThan(0);
    for (const records of stored) expect(disorder(records)).toEqual([]);

    expect([...household.members].map(({ lives }) => lives)).toEqual([true, true, true]);
    const connector = await api.call<ConnectorView>('GET', `/api/connectors/${connectorId}`);
    expect(connector).toMatchObject({ state: 'running', rows: expected.size, deadLetters: 0 });
    await untilShown(broker.address.bootstrap, connectorId, stored);
  });

  it('leaves no process behind', async () => {
    expect(await household.close()).toEqual([]);
  });
});

async function addPartition(bootstrap: string): Promise<void> {
  const admin = new Admin({ clientId: 'chaos', bootstrapBrokers: [bootstrap], retries: 10 });
  await admin.createPartitions({ topics: [{ name: TOPIC, count: 4 }] });
  await admin.close();
}

/** Records that stand behind a later one of their key when they come for the first time. */
function disorder(records: readonly { key: string; text: string }[]): string[] {
  const last = new Map<string, number>();
  const seen = new Set<number>();
  return records.flatMap(({ key, text }) => {
    const { n } = JSON.parse(text) as { n: number };
    if (seen.has(n)) return [];
    seen.add(n);
    const before = last.get(key) ?? -1;
    last.set(key, Math.max(n, before));
    return n < before ? [`${key}: ${n} behind ${before}`] : [];
  });
}

/** Kafka's own tools see no lag in the end. */
async function untilShown(
  bootstrap: string,
  connectorId: string,
  stored: readonly (readonly unknown[])[],
): Promise<void> {
  const admin = new Admin({ clientId: 'chaos', bootstrapBrokers: [bootstrap], retries: 10 });
  const groups = [{ groupId: `penstock-${connectorId}`, topics: [{ name: TOPIC, partitionIndexes: [0, 1, 2, 3] }] }];
  const isShown = async (): Promise<boolean> => {
    const [group] = await admin.listConsumerGroupOffsets({ groups });
    const committed = group!.topics[0]!.partitions.map(({ partitionIndex, committedOffset }) => [
      partitionIndex,
      Number(committedOffset),
    ]);
    return JSON.stringify(committed.sort()) === JSON.stringify(stored.map((records, index) => [index, records.length]));
  };
  await until(isShown, PATIENCE_MS, 'the committed offsets of the group');
  await admin.close();
}
