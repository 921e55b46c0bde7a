import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from './chance.js';
import { addView, type ConnectorView, countLetters, countRows, onboard, sums } from './events-table.js';
import { type Api, Household, until } from './household.js';
import { createStream, Producer } from './load-stream.js';
import { Mischief } from './mischief.js';
import { judge, NOTHING_WRONG } from './verdict.js';

const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 60);
const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const LEASE_MS = 2500;
const STREAM = 'Chaos';
/** What has not been copied by then will never be: not a measure. */
const PATIENCE_MS = 120_000;

const ENVIRONMENT = {
  LOGGING_FORMAT: 'text',
  COPY_LEASE_MS: String(LEASE_MS),
  COPY_PLAN_MS: '300',
  COPY_BATCH_AGE_MS: '300',
  COPY_BATCH_ROWS: '500',
  COPY_RETRY_MIN_MS: '50',
  COPY_RETRY_MAX_MS: '1000',
  KINESIS_POLL_MS: '100',
};

let household: Household;
let api: Api;
let kinesis: KinesisClient;
let connectorId: string;

beforeAll(async () => {
  household = await Household.found(ENVIRONMENT);
  api = await household.serve({ WORKERS: 'off' });
  kinesis = await household.kinesis();
  await createStream(kinesis, STREAM, 3);
  connectorId = await onboard(api, STREAM);
  await addView(household);
}, 120_000);

afterAll(async () => {
  kinesis.destroy();
  await household.close();
}, 60_000);

describe('a stream copied while everything is killed', () => {
  it(`has every record once, seed ${SEED}`, { timeout: SECONDS * 1000 + 2 * PATIENCE_MS }, async () => {
    const producer = new Producer(kinesis, STREAM, new Chance(SEED));
    const mischief = new Mischief(
      household,
      { client: kinesis, name: STREAM },
      { chance: new Chance(SEED + 1), leaseMs: LEASE_MS },
    );
    mischief.begin();
    const over = AbortSignal.timeout(SECONDS * 1000);
    await Promise.all([producer.produce(over, { perRequest: 60, pauseMs: 50 }), mischief.rage(over)]);
    const expected = { rows: producer.count('row'), letters: producer.count('letter') };
    console.log(`seed ${SEED}:`, expected, Object.fromEntries(mischief.done));

    const isAllThere = async (): Promise<boolean> =>
      (await countRows(household)) >= expected.rows && (await countLetters(household)) >= expected.letters;
    await until(isAllThere, PATIENCE_MS, 'all records').catch(async (cause: unknown) => {
      console.log(String(cause), JSON.stringify(await api.call('GET', `/api/connectors/${connectorId}`)));
      await household.tell();
    });
    // Whatever a zombie may still do, it does now; then the workers hand over to nobody.
    await sleep(2 * LEASE_MS);
    await mischief.end();

    expect(await judge(household, producer.accepted)).toEqual(NOTHING_WRONG);
    const { table, view } = await sums(household);
    expect(view).toEqual(table);
    const connector = await api.call<ConnectorView>('GET', `/api/connectors/${connectorId}`);
    expect(connector).toMatchObject({ rows: expected.rows, deadLetters: expected.letters, lagMs: 0 });
  });

  it('leaves no process behind', async () => {
    expect(await household.close()).toEqual([]);
  });
});
