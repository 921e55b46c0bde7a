import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from './chance.js';
import { type Api, Household, until } from './household.js';
import { createStream, Producer } from './load-stream.js';
import { Mischief } from './mischief.js';
import { judge } from './verdict.js';

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

interface ConnectorView {
  readonly rows: number;
  readonly deadLetters: number;
  readonly lagMs: number;
  readonly shards: readonly {
    readonly shardId: string;
    readonly parentShardIds?: readonly string[];
    readonly checkpoint: string;
  }[];
}

let household: Household;
let api: Api;
let kinesis: KinesisClient;
let connectorId: string;

beforeAll(async () => {
  household = await Household.found(ENVIRONMENT);
  api = await household.serve({ WORKERS: 'off' });
  kinesis = await household.kinesis();
  await createStream(kinesis, STREAM, 3);
  const schema = [
    { name: 'n', type: 'UInt32' },
    { name: 'user', type: 'UInt16' },
    { name: 'amount', type: 'Int32' },
    { name: '_shard', type: 'LowCardinality(String)' },
    { name: '_sequence_number', type: 'String' },
    { name: '_timestamp', type: "DateTime64(3, 'UTC')" },
  ];
  const wanted = { streamName: STREAM, tableName: 'events', schema, orderBy: ['n'], onNewField: 'evolve' };
  ({ connectorId } = await api.call<{ connectorId: string }>('POST', '/api/create-table', wanted));
  await household.clickhouse(
    `CREATE TABLE per_minute (minute DateTime, user UInt16, events AggregateFunction(count),
       amounts AggregateFunction(sum, Int32)) ENGINE = AggregatingMergeTree ORDER BY (minute, user)
     SETTINGS non_replicated_deduplication_window = 10000`,
  );
  await household.clickhouse(
    `CREATE MATERIALIZED VIEW per_minute_of_events TO per_minute AS
     SELECT toStartOfMinute(_timestamp) AS minute, user, countState() AS events, sumState(amount) AS amounts
     FROM events GROUP BY minute, user`,
  );
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

    const isAllThere = async (): Promise<boolean> => {
      const [count] = await household.clickhouse('SELECT count() FROM events');
      const [letters] = await household.postgres<{ n: string }>('SELECT count(*) AS n FROM penstock.dead_letter');
      return Number(count?.[0]) >= expected.rows && Number(letters?.n) >= expected.letters;
    };
    await until(isAllThere, PATIENCE_MS, 'all records').catch((cause: unknown) => console.log(String(cause)));
    // Whatever a zombie may still do, it does now; then the workers hand over to nobody.
    await sleep(2 * LEASE_MS);
    await mischief.end();

    const columns = await household.clickhouse(
      "SELECT name FROM system.columns WHERE table = 'events' AND name LIKE 'extra%'",
    );
    const table = { table: 'events', extras: columns.map(([name]) => String(name)) };
    expect(await judge(household, table, producer.accepted)).toEqual({
      lost: [],
      doubled: [],
      both: [],
      misplaced: [],
      foreign: [],
    });

    const ofTheTable = await household.clickhouse(
      `SELECT toStartOfMinute(_timestamp)::DateTime AS minute, user, count(), sum(amount) FROM events
       GROUP BY minute, user ORDER BY minute, user`,
    );
    const ofTheView = await household.clickhouse(
      `SELECT minute, user, countMerge(events), sumMerge(amounts) FROM per_minute
       GROUP BY minute, user ORDER BY minute, user`,
    );
    expect(ofTheView).toEqual(ofTheTable);

    const view = await api.call<ConnectorView>('GET', `/api/connectors/${connectorId}`);
    expect(view).toMatchObject({ rows: expected.rows, deadLetters: expected.letters, lagMs: 0 });
  });

  it('leaves no process behind', async () => {
    expect(await household.close()).toEqual([]);
  });
});
