import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chance } from './chance.js';
import { type ConnectorView, countLetters, countRows, onboard } from './events-table.js';
import { type Api, Household, type Member, until } from './household.js';
import { createStream, Producer } from './load-stream.js';
import { judge, NOTHING_WRONG } from './verdict.js';

const STREAM = 'HandOver';
const SHARDS = 4;
/** No lease ends by itself while the test runs: whatever is taken before was given. */
const NEVER = { COPY_LEASE_MS: '600000' };
/** Long enough that a busy machine lets nobody miss it. */
const SOON = { COPY_LEASE_MS: '6000' };
const PATIENCE_MS = 40_000;

let household: Household;
let api: Api;
let kinesis: KinesisClient;
let connectorId: string;
let producer: Producer;
const enough = new AbortController();
let producing: Promise<void>;

const look = (): Promise<ConnectorView> => api.call('GET', `/api/connectors/${connectorId}`);

/** Shards by owner, fewest first; those of nobody are not counted. */
async function shares(): Promise<number[]> {
  const owners = new Map<string, number>();
  for (const { owner } of (await look()).shards) {
    if (owner !== undefined) owners.set(owner, (owners.get(owner) ?? 0) + 1);
  }
  return [...owners.values()].sort((a, b) => a - b);
}

/** The shares once they are as wanted, rows have come after that, and they still are. */
async function settled(...wanted: number[]): Promise<number[]> {
  const isShared = async (): Promise<boolean> => String(await shares()) === String(wanted);
  await until(isShared, PATIENCE_MS, `shares of ${wanted.join(' and ')}`);
  const before = await countRows(household);
  await until(async () => (await countRows(household)) > before, PATIENCE_MS, 'more rows');
  await until(isShared, PATIENCE_MS, `shares of ${wanted.join(' and ')} to stay`);
  return wanted;
}

async function end(worker: Member, signal: NodeJS.Signals): Promise<void> {
  worker.process.kill(signal);
  await worker.ended;
}

beforeAll(async () => {
  household = await Household.found({
    LOGGING_FORMAT: 'text',
    COPY_PLAN_MS: '200',
    COPY_BATCH_AGE_MS: '200',
    KINESIS_POLL_MS: '100',
  });
  api = await household.serve({ WORKERS: 'off' });
  kinesis = await household.kinesis();
  await createStream(kinesis, STREAM, SHARDS);
  connectorId = await onboard(api, STREAM);
  producer = new Producer(kinesis, STREAM, new Chance(7));
  producing = producer.produce(enough.signal, { perRequest: 20, pauseMs: 40 });
}, 120_000);

afterAll(async () => {
  enough.abort();
  await producing;
  kinesis.destroy();
  await household.close();
}, 60_000);

/** In order: one life of a service with a changing number of workers. */
describe('shards pass from worker to worker', { timeout: 90_000 }, () => {
  let first: Member;
  let second: Member;

  it('one worker has them all', async () => {
    first = household.start('worker', NEVER);
    expect(await settled(SHARDS)).toEqual([SHARDS]);
  });

  it('a second one gets its share', async () => {
    second = household.start('worker', NEVER);
    expect(await settled(SHARDS / 2, SHARDS / 2)).toEqual([SHARDS / 2, SHARDS / 2]);
  });

  it('a worker that is told to stop gives its shards away before its leases end', async () => {
    await end(first, 'SIGTERM');
    expect(await settled(SHARDS)).toEqual([SHARDS]);
  });

  it('a paused connector is copied by nobody, and goes on where it stopped', async () => {
    await api.call('POST', `/api/connectors/${connectorId}/pause`);
    await until(async () => (await shares()).length === 0, PATIENCE_MS, 'all leases to be given back');
    const rows = await countRows(household);
    const { size } = producer.accepted;
    await until(() => producer.accepted.size > size + 500, PATIENCE_MS, 'more events');
    expect(await countRows(household)).toBe(rows);
    await api.call('POST', `/api/connectors/${connectorId}/resume`);
    expect(await settled(SHARDS)).toEqual([SHARDS]);
  });

  it('the shards of a worker that was killed are taken when its leases have ended', async () => {
    await end(second, 'SIGKILL');
    expect(await shares()).toEqual([SHARDS]); // it cannot have given them back
    household.start('worker', SOON);
    household.start('worker', SOON);
    expect(await settled(SHARDS / 2, SHARDS / 2)).toEqual([SHARDS / 2, SHARDS / 2]);
  });

  it('has copied every record once, through all that', async () => {
    enough.abort();
    await producing;
    const isAllThere = async (): Promise<boolean> =>
      (await countRows(household)) >= producer.count('row') &&
      (await countLetters(household)) >= producer.count('letter');
    await until(isAllThere, PATIENCE_MS, 'all records');
    expect(await judge(household, producer.accepted)).toEqual(NOTHING_WRONG);
    const isTold = async (): Promise<boolean> => (await look()).rows === producer.count('row');
    await until(isTold, PATIENCE_MS, 'the connector to tell of all rows');
  });
});
