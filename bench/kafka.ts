/** Topics of Kafka: publishing and reading them, and the whole way into ClickHouse, against kafkajs and the client alone. */
import { Admin, Producer } from '@platformatic/kafka';
import { CopySettings } from '../src/infrastructure/config/copy.settings.js';
import { OwnBroker } from '../test/support/own-broker.js';
import { eventBytes } from './support/events.js';
import { clientAlone, kafkajs, type KafkaWay, penstock } from './support/kafka-ways.js';
import { Report } from './support/report.js';
import { type Contender, type Figures, type Role, timed, way } from './support/rounds.js';
import { type Process, type Service, startService, until } from './support/service.js';
import { connect, countRows } from './support/warehouse.js';

const EVENTS = 60_000;
const PARTITIONS = 4;
const PLAN_MS = '100';
const ALONE = 'the client alone';
const PEER = 'kafkajs';
const OURS = 'Penstock';

const report = new Report('kafka');
const broker = await OwnBroker.start();
const { bootstrap } = broker.address;
const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [bootstrap], retries: 10 });
const values = Array.from({ length: EVENTS }, (_, n) => eventBytes(n));
const ways: readonly (readonly [Role, string, KafkaWay])[] = [
  ['limit', ALONE, clientAlone(bootstrap)],
  ['peer', PEER, await kafkajs(bootstrap)],
  ['ours', OURS, penstock(bootstrap)],
];
await publishing();
await reading();
for (const [, , each] of ways) await each.close();
await wholeWay();
await admin.close();
await broker.close();
report.finish();

async function topic(name: string): Promise<string> {
  await admin.createTopics({ topics: [name], partitions: PARTITIONS });
  const isReady = async (): Promise<boolean> => (await admin.listTopics()).includes(name);
  await until(isReady);
  return name;
}

async function publishing(): Promise<void> {
  const target = await topic('published');
  const contenders = ways.map(([role, name, each]) => way(role, name, EVENTS, () => each.publish(target, values)));
  const title = `${EVENTS} records of about 300 bytes published: idempotent, all replicas, ${PARTITIONS} partitions, uncompressed`;
  await report.compare(title, contenders, [
    { name: 'records published, rate of kafkajs', of: OURS, by: PEER, what: 'throughput' },
    { name: 'records published, rate of the client alone', of: OURS, by: ALONE, what: 'throughput' },
  ]);
}

async function reading(): Promise<void> {
  const source = await topic('backlog');
  await ways[0]?.[2].publish(source, values);
  const contenders = ways.map(([role, name, each]) => way(role, name, EVENTS, () => each.read(source, EVENTS)));
  await report.compare(`${EVENTS} records of about 300 bytes read from the beginning`, contenders, [
    { name: 'records read, rate of kafkajs', of: OURS, by: PEER, what: 'throughput' },
    { name: 'records read, rate of the client alone', of: OURS, by: ALONE, what: 'throughput' },
  ]);
}

async function wholeWay(): Promise<void> {
  const source = await topic('whole');
  const items = PARTITIONS * new CopySettings().batchRows;
  // What is left over in a batch would wait for its age, which is another matter: so partitions are filled evenly.
  await fillEvenly(source, items);
  const settings = { KAFKA_BOOTSTRAP_SERVERS: bootstrap };
  const service = await startService(settings);
  const worker = await service.startWorker({ ...settings, COPY_PLAN_MS: PLAN_MS });
  const reader = clientAlone(bootstrap);
  const contenders: Contender[] = [
    way('limit', 'the client alone reads the topic', items, () => reader.read(source, items)),
    {
      role: 'ours',
      name: 'Penstock, one worker',
      run: (round) => copyTopic(service, worker, { source, items, round }),
    },
  ];
  const title = `The whole way: a backlog of ${items} events in ${PARTITIONS} partitions, from onboarding to the last row`;
  await report.compare(title, contenders, [
    {
      name: 'whole way from Kafka, throughput of reading alone',
      of: 'Penstock, one worker',
      by: 'the client alone reads the topic',
      what: 'throughput',
    },
  ]);
  await reader.close();
  await worker.stop();
  await service.stop();
}

async function fillEvenly(source: string, items: number): Promise<void> {
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [bootstrap], idempotent: true });
  const each = 2000;
  for (let at = 0; at < items; at += each) {
    const messages = Array.from({ length: each }, (_, n) => ({
      topic: source,
      partition: n % PARTITIONS,
      value: values[(at + n) % EVENTS] ?? Buffer.alloc(0),
    }));
    await producer.send({ messages });
  }
  await producer.close();
}

interface Copy {
  readonly source: string;
  readonly items: number;
  readonly round: number;
}

async function copyTopic(service: Service, worker: Process, { source, items, round }: Copy): Promise<Figures> {
  const table = `${source}_${round}`;
  const warehouse = connect(service.warehouse);
  let connector = '';
  const figures = await timed(async () => {
    connector = await service.onboard(`kafka:${source}`, table);
    await until(async () => (await countRows(warehouse, table)) >= items);
    return items;
  }, worker.pid);
  await service.remove(connector);
  await warehouse.close();
  return figures;
}
