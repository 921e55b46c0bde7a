/** How many records a second the embedded Kinesis endpoint takes and gives, through the SDK, against kinesis-local. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { GetRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { iterator, shardsOf } from '../test/support/kinesis-client.js';
import {
  kinesisLocalFolder,
  startBuiltKinesis,
  startKinesisLocal,
  temporaryFolder,
} from '../test/support/kinesis-engines.js';
import { createStream, publishBacklog } from './support/publish.js';
import { Report } from './support/report.js';
import { type Contender, type Role, timed } from './support/rounds.js';

const SHARDS = 4;

interface Endpoint {
  readonly role: Role;
  readonly name: string;
  readonly client: KinesisClient;
  readonly pid: number;
  /** The slow one gets fewer, for it is rates that are compared. */
  readonly records: number;
  close(): Promise<void>;
}

const report = new Report('kinesis');
const ours = await own();
const other = await peer();
const endpoints = other === undefined ? [ours] : [ours, other];
const streams = new Map<string, string>();
const against = other === undefined ? [] : [{ of: ours.name, by: other.name, what: 'throughput' as const }];
const write = against.map((each) => ({ ...each, name: 'records written, rate of kinesis-local' }));
const read = against.map((each) => ({ ...each, name: 'records read, rate of kinesis-local' }));
const titleOf = (what: string): string =>
  `Records of about 300 bytes ${what}, ${SHARDS} shards; CPU and memory of the endpoint`;
await report.compare(titleOf('written'), endpoints.map(writing), write);
await report.compare(titleOf('read'), endpoints.map(reading), read);
for (const endpoint of endpoints) await endpoint.close();
report.finish();

async function own(): Promise<Endpoint> {
  const dir = await temporaryFolder();
  const { child, client } = await startBuiltKinesis(dir);
  const close = async (): Promise<void> => {
    client.destroy();
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
    await rm(dir, { recursive: true, force: true });
  };
  return { role: 'ours', name: 'embedded endpoint', client, pid: child.pid ?? 0, records: 40_000, close };
}

async function peer(): Promise<Endpoint | undefined> {
  const folder = kinesisLocalFolder();
  report.peer('kinesis-local', folder === undefined ? 'not installed: nothing to compare with' : 'installed');
  if (folder === undefined) return undefined;
  const local = await startKinesisLocal(folder);
  const { client, pid = 0 } = local;
  return { role: 'peer', name: 'kinesis-local', client, pid, records: 2000, close: () => local.close() };
}

function writing({ role, name, client, pid, records }: Endpoint): Contender {
  return {
    role,
    name,
    run: async (round) => {
      const stream = `stream-${round}`;
      const hashKeys = await createStream(client, stream, SHARDS);
      streams.set(name, stream);
      return timed(async () => {
        await publishBacklog(client, stream, hashKeys, records / SHARDS);
        return records;
      }, pid);
    },
  };
}

/** Reads what the last round wrote. */
function reading({ role, name, client, pid, records }: Endpoint): Contender {
  return {
    role,
    name,
    run: () =>
      timed(async () => {
        const stream = streams.get(name) ?? '';
        let got = 0;
        for (const { ShardId = '' } of await shardsOf(client, stream)) got += await drain(client, stream, ShardId);
        if (got !== records) throw new Error(`${got} records came back of ${records}.`);
        return got;
      }, pid),
  };
}

async function drain(client: KinesisClient, StreamName: string, ShardId: string): Promise<number> {
  let ShardIterator = await iterator(client, StreamName, { ShardId });
  for (let got = 0; ;) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    got += page.Records?.length ?? 0;
    if (page.MillisBehindLatest === 0) return got;
    ShardIterator = page.NextShardIterator ?? '';
  }
}
