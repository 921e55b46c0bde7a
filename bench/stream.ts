/** Events on their way into ClickHouse: our part of it, the whole way from Kinesis, and how long an event takes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopySettings } from '../src/infrastructure/config/copy.settings.js';
import { startScratchClickhouse } from '../test/support/scratch-clickhouse.js';
import { connectKinesis } from './support/kinesis.js';
import { latencies } from './support/latency.js';
import { createStream, publishBacklog } from './support/publish.js';
import { type Process, type Service, startService, until } from './support/service.js';
import { connect, countRows } from './support/warehouse.js';
import type { ReadStream } from './clients/read-stream.js';
import { startClient } from './support/client-process.js';
import type { InsertEvents } from './clients/insert-events.js';
import { ndjson } from './support/events.js';
import { Report } from './support/report.js';
import { type Contender, type Figures, median, quantile, type Role, timed } from './support/rounds.js';

const EVENTS = 200_000;
/** One insert for each is slow: rates are compared. */
const SINGLE_EVENTS = 400;
const SHARDS = 4;
/** How often the worker looks for new connectors: of no matter to copying, but part of what is timed. */
const PLAN_MS = 100;
/** As many as a batch holds: what is left over would wait for its age, which is another matter. */
const EVENTS_OF_A_SHARD = new CopySettings().batchRows;

const EVENTS_PER_SECOND = 1000;
/** What may be added to the flush age. */
const ADDED_MS = 500;

const report = new Report('stream');
await ourPart();
await onService();
report.finish();

async function ourPart(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
  const file = join(folder, 'events.ndjson');
  await writeFile(file, ndjson(EVENTS));
  const engine = await startScratchClickhouse();
  const warehouse = { url: engine.url, username: engine.username, password: engine.password };
  const clients: { stop(): Promise<void> }[] = [];
  const contender = async (role: Role, name: string, how: InsertEvents): Promise<Contender> => {
    const client = await startClient('insert-events', how);
    clients.push(client);
    return { role, name, run: (round) => client.run(round) };
  };
  const limit = 'ClickHouse alone, from a file';
  const ours = 'Penstock, records of a shard to rows';
  const batched = 'JSON.parse, client.insert of 10,000 objects';
  const single = `JSON.parse, client.insert of each (${SINGLE_EVENTS} events)`;
  const contenders = [
    await contender('limit', limit, { way: 'infile', items: EVENTS, folder: join(folder, 'alone'), file }),
    await contender('ours', ours, { way: 'penstock', items: EVENTS, warehouse }),
    await contender('peer', batched, { way: 'batched', items: EVENTS, warehouse }),
    await contender('peer', single, { way: 'single', items: SINGLE_EVENTS, warehouse }),
  ];
  await report.compare(`Our part: ${EVENTS} events of a shard into a table`, contenders, [
    { name: 'our part, throughput of the limit', of: ours, by: limit, what: 'throughput', target: 0.4, stretch: 0.7 },
    { name: 'our part against batches of parsed objects', of: ours, by: batched, what: 'throughput' },
    { name: 'our part against one insert for each record', of: ours, by: single, what: 'throughput' },
  ]);
  for (const client of clients) await client.stop();
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
}

async function onService(): Promise<void> {
  const service = await startService();
  try {
    await wholeWay(service);
    await latency(service);
  } finally {
    await service.stop();
  }
}

async function wholeWay(service: Service): Promise<void> {
  const stream = 'backlog';
  const items = SHARDS * EVENTS_OF_A_SHARD;
  const kinesis = connectKinesis(service.kinesis);
  await publishBacklog(kinesis, stream, await createStream(kinesis, stream, SHARDS), EVENTS_OF_A_SHARD);
  kinesis.destroy();
  const reader = await startClient('read-stream', { stream, address: service.kinesis, items } satisfies ReadStream);
  const { kinesis: address, warehouse } = service;
  const how: ReadStream = { stream, address, items: SINGLE_EVENTS, warehouse };
  const consumer = await startClient('read-stream', how);
  const worker = await service.startWorker({ COPY_PLAN_MS: String(PLAN_MS) });
  const limit = 'the SDK alone reads the stream';
  const ours = 'Penstock, one worker';
  const single = `a consumer, record by record (${SINGLE_EVENTS} events)`;
  const title = `The whole way: a backlog of ${items} events in ${SHARDS} shards, from onboarding to the last row`;
  const contenders: Contender[] = [
    { role: 'limit', name: limit, run: (round) => reader.run(round) },
    { role: 'ours', name: ours, run: (round) => copyBacklog(service, worker, { stream, items, round }) },
    { role: 'peer', name: single, run: (round) => consumer.run(round) },
  ];
  await report.compare(title, contenders, [
    { name: 'whole way against record by record', of: ours, by: single, what: 'throughput', target: 20 },
    { name: 'whole way, throughput of reading alone', of: ours, by: limit, what: 'throughput' },
  ]);
  for (const each of [reader, consumer, worker]) await each.stop();
}

interface Backlog {
  readonly stream: string;
  readonly items: number;
  readonly round: number;
}

async function copyBacklog(service: Service, worker: Process, { stream, items, round }: Backlog): Promise<Figures> {
  const table = `${stream}_${round}`;
  const warehouse = connect(service.warehouse);
  let connector = '';
  const figures = await timed(async () => {
    connector = await service.onboard(stream, table);
    await until(async () => (await countRows(warehouse, table)) >= items);
    return items;
  }, worker.pid);
  await service.remove(connector);
  await warehouse.close();
  return figures;
}

async function latency(service: Service): Promise<void> {
  const ages = [new CopySettings().batchAgeMs, 200];
  const workers = ages.map((ageMs) => ({
    ageMs,
    forMs: Math.max(5000, 3 * ageMs),
    p50: [] as number[],
    p99: [] as number[],
  }));
  for (let round = 1; round <= report.rounds; round += 1) {
    for (const { ageMs, forMs, p50, p99 } of workers) {
      const worker = await service.startWorker({ COPY_BATCH_AGE_MS: String(ageMs), COPY_PLAN_MS: String(PLAN_MS) });
      const waits = await latencies(service, {
        name: `steady_${ageMs}_${round}`,
        eventsPerSecond: EVENTS_PER_SECOND,
        forMs,
      });
      p50.push(quantile(waits, 0.5));
      p99.push(quantile(waits, 0.99));
      await worker.stop();
    }
  }
  report.add({
    title: `From arrival to visible, at ${EVENTS_PER_SECOND} events a second in 2 shards`,
    rows: workers.map(({ ageMs, p50, p99 }) => ({
      'flush age ms': ageMs,
      'p50 ms': Math.round(median(p50)),
      'p99 ms': Math.round(median(p99)),
      'spread of p99': `${Math.round(Math.min(...p99))} to ${Math.round(Math.max(...p99))}`,
    })),
    ratios: workers.map(({ ageMs, p99 }) => {
      const shares = p99.map((ms) => ms / (ageMs + ADDED_MS));
      const spread: [number, number] = [Math.min(...shares), Math.max(...shares)];
      const name = `p99 by flush age of ${ageMs} ms + ${ADDED_MS} ms`;
      return { name, value: median(shares), spread, better: 'lower', target: 1 };
    }),
  });
}
