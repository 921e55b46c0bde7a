import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { Client } from 'pg';
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_MIGRATIONS } from '../../../../migrations/postgres/all.js';
import { BatchStore } from '../../../../src/application/stream-onboarding/copier/batch-store.js';
import { CopyBatch } from '../../../../src/application/stream-onboarding/copier/copy-batch.js';
import { JsonFramer } from '../../../../src/application/stream-onboarding/copier/json-framer.js';
import { type CopyEnd, ShardCopier } from '../../../../src/application/stream-onboarding/copier/shard-copier.js';
import { PenstockError } from '../../../../src/domain/errors.js';
import type { ShardPage, ShardToRead } from '../../../../src/domain/ports/stream-source.port.js';
import type { Connector } from '../../../../src/domain/stream-onboarding/connector.js';
import type { Lease } from '../../../../src/domain/stream-onboarding/lease.js';
import { compareSequenceNumbers, type StreamRecord } from '../../../../src/domain/stream-onboarding/stream-record.js';
import { ClickhouseConnection } from '../../../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseStreamTables } from '../../../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';
import { SystemClock } from '../../../../src/infrastructure/clock/system-clock.js';
import { CopySettings } from '../../../../src/infrastructure/config/copy.settings.js';
import { DynamodbShardLeases } from '../../../../src/infrastructure/dynamodb/dynamodb-shard-leases.js';
import { UnobservedMetrics } from '../../../../src/infrastructure/metrics/unobserved-metrics.js';
import { postgresUrl } from '../../../../src/infrastructure/postgres/postgres-address.js';
import { PostgresDeadLetters } from '../../../../src/infrastructure/postgres/postgres-dead-letters.js';
import { PostgresPool } from '../../../../src/infrastructure/postgres/postgres-pool.js';
import { dynamodbAt } from '../../../support/dynamodb-adapters.js';
import { engineOf, freshName } from '../../../support/engine-of.js';
import { NO_CODEC, NO_EVENT_TABLES } from '../../../support/no-events.js';

const SHARD = 'shardId-000000000000';
const LOG = { debug() {}, info() {}, warning() {}, error() {} };
const COLUMNS = [
  { name: 'n', type: 'UInt8' },
  { name: '_sequence_number', type: 'String' },
];

let clickhouse: ClickHouseClient;
let connection: ClickhouseConnection;
let pool: PostgresPool;
let dynamodb: ReturnType<typeof dynamodbAt>;
let tables: ClickhouseStreamTables;
let letters: PostgresDeadLetters;
let leases: DynamodbShardLeases;
let store: BatchStore;

const clock = new SystemClock();

/** Numbers from 256 on do not fit at first. */
const record = (n: number): StreamRecord => ({
  sequenceNumber: String(1000 + n),
  subSequenceNumber: 0,
  partitionKey: 'key',
  data: Buffer.from(JSON.stringify({ n })),
  arrivedAtMs: 0,
});
const run = (from: number, to: number): StreamRecord[] =>
  Array.from({ length: to - from + 1 }, (_, index) => record(from + index));

async function connectorOf(): Promise<Connector> {
  const id = freshName('c');
  const target = { database: 'default', table: id };
  const { uuid } = await tables.create({
    name: target,
    columns: COLUMNS,
    orderBy: ['_sequence_number'],
    connectorId: id,
  });
  await leases.create({ connectorId: id, shardId: SHARD, parentShardIds: [] });
  return {
    id,
    streamName: id,
    streamArn: id,
    target,
    tableUuid: uuid,
    columns: COLUMNS,
    orderBy: ['_sequence_number'],
    startFrom: 'TRIM_HORIZON',
    onNewField: 'evolve',
    state: 'running',
    createdAtMs: 0,
    revision: 1,
  };
}

async function takenBy(owner: string, { id }: Connector): Promise<Lease> {
  const [lease] = await leases.list(id);
  return (await leases.take(lease!, owner))!;
}

/** Copies what these pages show, the last of which ends the shard; no real stream would repeat itself on request. */
function copy(connector: Connector, held: Lease, pages: readonly (readonly StreamRecord[])[]): Promise<CopyEnd> {
  const read = async function* ({ from }: ShardToRead): AsyncGenerator<ShardPage> {
    for (const page of pages) {
      const at = from.kind === 'at' ? from.sequenceNumber : '0';
      yield {
        records: page.filter(({ sequenceNumber }) => compareSequenceNumbers(sequenceNumber, at) >= 0),
        behindMs: 1,
      };
    }
    // Whoever looks for the end of a range in an open shard is never told that there is no more.
    while (from.kind === 'at') {
      await clock.sleep(1);
      yield { records: [], behindMs: 0 };
    }
  };
  const source = { read, showProgress: () => undefined } as never;
  const limits = Object.assign(new CopySettings(), { batchRows: 4, retryMinMs: 10 });
  const metrics = new UnobservedMetrics();
  const batchBytes = (): number => 1_000_000;
  return new ShardCopier(
    { source, leases, store, codec: NO_CODEC, clock, log: LOG, metrics, limits, batchBytes },
    connector,
    held,
  ).run();
}

async function stored({ id }: Connector): Promise<{ rows: number[]; dead: number[] }> {
  const result = await clickhouse.query({ query: `SELECT n FROM ${id} ORDER BY n`, format: 'JSONEachRow' });
  const rows = (await result.json<{ n: number }>()).map(({ n }) => n);
  const page = await letters.list({ connectorId: id, limit: 1000 });
  return { rows, dead: page.letters.map(({ sequenceNumber }) => Number(sequenceNumber) - 1000).sort((a, b) => a - b) };
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** What a worker that died had done: the range recorded, and its rows sent. */
async function landAndDie(
  connector: Connector,
  held: Lease,
  records: readonly StreamRecord[],
  confirm = async () => {},
) {
  const batch = new CopyBatch(0);
  const framer = new JsonFramer(connector, SHARD);
  for (const one of records) framer.add(one, batch);
  await leases.write(held, { pending: batch.range() });
  const persist = <T>(action: () => Promise<T>): Promise<T> => action();
  const { signal } = new AbortController();
  await store.land({ connector, shardId: SHARD, range: batch.range(), batch, signal, persist, confirm });
}

beforeAll(async () => {
  const [warehouse, database, kept] = await Promise.all([
    engineOf('clickhouse'),
    engineOf('postgres'),
    engineOf('dynamodb'),
  ]);
  clickhouse = createClient({ url: warehouse.url, username: warehouse.user!, password: warehouse.password! });
  connection = new ClickhouseConnection(async () => warehouse, { maxConnections: 4, idleTimeoutMs: 30_000 });
  tables = new ClickhouseStreamTables(connection, clock, { insertTimeoutMs: 30_000, statementTimeoutMs: 30_000 });
  const url = postgresUrl(database);
  const client = new Client({ connectionString: url });
  await client.connect();
  const runner = { query: (sql: string) => client.query(sql) } as unknown as QueryRunner; // all that they use of it
  for (const migration of POSTGRES_MIGRATIONS) await new migration().up(runner);
  await client.end();
  pool = new PostgresPool(async () => ({ url }), { poolSize: 4, statementTimeoutMs: 20_000 });
  letters = new PostgresDeadLetters(pool);
  dynamodb = dynamodbAt(kept);
  leases = new DynamodbShardLeases(dynamodb.tables, freshName('leases'));
  store = new BatchStore(tables, letters, NO_EVENT_TABLES);
}, 120_000);

afterAll(async () => {
  await Promise.all([clickhouse.close(), connection.close(), pool.close(), dynamodb.connection.close()]);
});

describe('a shard whose records are met again', () => {
  it('has each of them once: the same run, an overlapping one, a part, an older one', async () => {
    const connector = await connectorOf();
    const pages = [run(250, 257), run(250, 257), run(254, 262), run(255, 256), run(240, 251), run(263, 264)];
    expect(await copy(connector, await takenBy('worker', connector), pages)).toBe('shard-end');
    expect(await stored(connector)).toEqual({ rows: numbers(250, 255), dead: numbers(256, 264) });
    const [lease] = await leases.list(connector.id);
    expect(lease).toMatchObject({ checkpoint: 'SHARD_END', progress: { rows: 6, deadLetters: 9 } });
  });

  it('has each of them once when a worker died between its insert and its checkpoint', async () => {
    const connector = await connectorOf();
    await landAndDie(connector, await takenBy('dead', connector), run(250, 258));
    expect(await copy(connector, await takenBy('heir', connector), [run(245, 252), run(253, 262)])).toBe('shard-end');
    expect(await stored(connector)).toEqual({ rows: numbers(250, 255), dead: numbers(256, 262) });
    const [lease] = await leases.list(connector.id);
    expect(lease).toMatchObject({ progress: { rows: 6, deadLetters: 7 } });
  });

  it('keeps as dead letters what was one before the table was altered', async () => {
    const connector = await connectorOf();
    await landAndDie(connector, await takenBy('dead', connector), run(250, 258));
    await clickhouse.command({ query: `ALTER TABLE ${connector.id} MODIFY COLUMN n UInt16` });
    await copy(connector, await takenBy('heir', connector), [run(250, 262)]);
    expect(await stored(connector)).toEqual({
      rows: [...numbers(250, 255), ...numbers(259, 262)],
      dead: numbers(256, 258),
    });
  });

  it('is told of no dead letters by a worker that has lost the lease meanwhile', async () => {
    const connector = await connectorOf();
    const zombie = await takenBy('zombie', connector);
    const confirm = async (): Promise<void> => {
      await takenBy('heir', connector);
      await leases.write(zombie, {});
    };
    await expect(landAndDie(connector, zombie, run(250, 258), confirm)).rejects.toMatchObject({ code: 'lease.lost' });
    expect(await stored(connector)).toEqual({ rows: [], dead: [] });
  });

  it('does not go on for ever when a recorded range is not in the stream any more', async () => {
    const connector = await connectorOf();
    const lost = await takenBy('dead', connector);
    await leases.write(lost, { pending: { first: '1250', last: '1258', records: 9 } });
    await copy(connector, await takenBy('heir', connector), [run(250, 255)]);
    expect(await stored(connector)).toEqual({ rows: numbers(250, 255), dead: [] });
    const [lease] = await leases.list(connector.id);
    expect(lease).toMatchObject({ checkpoint: 'SHARD_END' });
  });
});

describe('a batch with a new field', () => {
  it('is stored when another shard has added the column between its insert and its look for what is wrong', async () => {
    const connector = await connectorOf();
    const racing = Object.create(tables) as ClickhouseStreamTables;
    racing.insert = async (batch, signal) => {
      try {
        await tables.insert(batch, signal);
      } catch (cause) {
        await tables.addColumns(connector.target, [{ name: 'note', type: 'Nullable(String)' }]);
        throw cause;
      }
    };
    const batch = new CopyBatch(0);
    const one = { ...record(1), data: Buffer.from('{"n":1,"note":"new"}') };
    new JsonFramer(connector, SHARD).add(one, batch);
    const { signal } = new AbortController();
    const landing = { connector, shardId: SHARD, range: batch.range(), batch, signal, confirm: async () => {} };
    const landed = await new BatchStore(racing, letters, NO_EVENT_TABLES).land({
      ...landing,
      persist: (action) => action(),
    });
    expect(landed).toMatchObject({ rows: 1, deadLetters: 0 });
    expect(await stored(connector)).toEqual({ rows: [1], dead: [] });
  });
});

describe('a lease that was lost', () => {
  it('ends the copying without a word to the table', async () => {
    const connector = await connectorOf();
    const former = await takenBy('former', connector);
    await takenBy('present', connector);
    expect(await copy(connector, former, [run(1, 9)])).toBe('lost');
    expect(await stored(connector)).toEqual({ rows: [], dead: [] });
    await expect(leases.write(former, {})).rejects.toBeInstanceOf(PenstockError);
  });
});
