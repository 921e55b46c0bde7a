/**
 * How many records a second the embedded Kinesis endpoint takes and gives, end to end through the SDK, against
 * kinesis-local in the same run: rounds in turn, medians.
 *
 *   npm run build && npx tsc -p tsconfig.json && node dist/bench/kinesis-endpoint.js [--json]
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { GetRecordsCommand, type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { iterator, newStream, shardsOf } from '../test/support/kinesis-client.js';
import {
  kinesisLocalFolder,
  startBuiltEndpoint,
  startKinesisLocal,
  temporaryFolder,
} from '../test/support/kinesis-engines.js';

const ROUNDS = 5;
const SHARDS = 4;
const RECORD_BYTES = 300;
const BATCH = 500;
const IN_FLIGHT = 4;

interface Contender {
  readonly name: string;
  readonly client: KinesisClient;
  readonly pid: number | undefined;
  /** Batches a round: the slow one gets fewer, for it is rates that are compared. */
  readonly batches: number;
  readonly put: number[];
  readonly get: number[];
  close(): Promise<void>;
}

const contenders = [await own(), ...(await peer())];
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const contender of contenders) {
    const rates = await measure(contender);
    if (round === 0) continue; // warming up
    contender.put.push(rates.put);
    contender.get.push(rates.get);
  }
}
const results = await Promise.all(contenders.map(resultOf));
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(results)}\n`);
else console.table(results);
for (const contender of contenders) await contender.close();

async function own(): Promise<Contender> {
  const dir = await temporaryFolder();
  const { child, client } = await startBuiltEndpoint(dir);
  const close = async (): Promise<void> => {
    client.destroy();
    await stop(child);
    await rm(dir, { recursive: true, force: true });
  };
  return { name: 'embedded endpoint', client, pid: child.pid, batches: 80, put: [], get: [], close };
}

async function peer(): Promise<Contender[]> {
  const folder = kinesisLocalFolder();
  if (!folder) {
    console.error('kinesis-local is not installed: no peer to compare with.');
    return [];
  }
  const local = await startKinesisLocal(folder);
  return [{ ...local, name: 'kinesis-local', batches: 4, put: [], get: [] }];
}

async function measure({ client, batches }: Contender): Promise<{ put: number; get: number }> {
  const StreamName = await newStream(client, SHARDS);
  const count = batches * BATCH;
  const Data = Buffer.alloc(RECORD_BYTES, 'x');
  let next = 0;
  const produce = async (): Promise<void> => {
    while (next < batches) {
      const batch = next;
      next += 1;
      const Records = Array.from({ length: BATCH }, (_, at) => ({ Data, PartitionKey: `${batch}-${at}` }));
      const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName, Records }));
      if (FailedRecordCount !== 0) throw new Error('A record was not taken.');
    }
  };
  const put = await rate(count, () => Promise.all(Array.from({ length: IN_FLIGHT }, produce)));
  let got = 0;
  const get = await rate(count, async () => {
    for (const { ShardId } of await shardsOf(client, StreamName)) got += await drain(client, StreamName, ShardId!);
  });
  if (got !== count) throw new Error(`${got} records came back of ${count}.`);
  return { put, get };
}

async function drain(client: KinesisClient, StreamName: string, ShardId: string): Promise<number> {
  let ShardIterator = await iterator(client, StreamName, { ShardId });
  for (let got = 0; ;) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    got += page.Records!.length;
    if (page.MillisBehindLatest === 0) return got;
    ShardIterator = page.NextShardIterator!;
  }
}

async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (count / (performance.now() - started)) * 1000;
}

async function resultOf({ name, put, get, pid }: Contender): Promise<object> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
  return {
    contender: name,
    'put records/s': Math.round(median(put)),
    'put spread': spread(put),
    'get records/s': Math.round(median(get)),
    'get spread': spread(get),
    'peak RSS MB': Math.round(peak / 1024),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function spread(values: readonly number[]): string {
  return `${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))}`;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
