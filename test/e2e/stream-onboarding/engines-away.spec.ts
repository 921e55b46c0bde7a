import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, EngineProcesses } from '../../support/engine-processes.js';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

let penstock: RunningPenstock;
let engines: EngineProcesses;

beforeAll(async () => {
  penstock = await RunningPenstock.start({
    CLICKHOUSE_INSERT_TIMEOUT_MS: '1000',
    CLICKHOUSE_STATEMENT_TIMEOUT_MS: '1000',
    DYNAMODB_REQUEST_TIMEOUT_MS: '500',
    KINESIS_REQUEST_TIMEOUT_MS: '500',
    KINESIS_PATIENCE_MS: '500',
    COPY_LEASE_MS: '2000',
  });
  engines = new EngineProcesses(penstock.home);
});
afterEach(() => engines.release());
afterAll(() => penstock.stop());

const SCHEMA = [{ name: 'n', type: 'Int32' }];

async function copying(): Promise<{ stream: string; table: string; id: string }> {
  const stream = await penstock.stream(2);
  const table = `t_${stream.replaceAll('-', '_')}`;
  const id = await penstock.onboard(stream, table, { schema: SCHEMA });
  await penstock.put(stream, numbers(0, 10));
  await penstock.untilCount(table, 10);
  return { stream, table, id };
}

const numbers = (from: number, to: number): object[] => Array.from({ length: to - from }, (_, n) => ({ n: from + n }));

const readiness = async (): Promise<{ status: number; error: Record<string, Body> }> => {
  const { status, body } = await penstock.call('GET', '/health/ready');
  return { status, error: (body['error'] ?? {}) as Record<string, Body> };
};
const untilNotReady = (part: string, text: string) =>
  until(readiness, ({ error }) => String(error[part]?.['message']).includes(text));
const untilReady = () => until(readiness, ({ status }) => status === 200);

/** Who holds the shards, and how often each has changed hands. */
async function holders(id: string): Promise<Body> {
  const { Items = [] } = await penstock.dynamodb.send(
    new ScanCommand({ TableName: 'penstock_leases', ConsistentRead: true }),
  );
  const own = Items.filter(({ leaseGroup }) => leaseGroup?.S === id);
  return Object.fromEntries(
    own.map(({ leaseKey, leaseOwner, leaseEpoch }) => [leaseKey!.S!, [leaseOwner?.S, leaseEpoch?.N]]),
  );
}

const once = async (table: string, rows: number): Promise<void> => {
  await penstock.untilCount(table, rows);
  const [seen] = await penstock.rows(`SELECT count() AS total, uniqExact(n) AS different FROM ${table}`);
  expect([seen?.['total'], seen?.['different']].map(Number)).toEqual([rows, rows]);
};

const untilStalled = (id: string): Promise<Body> =>
  until(
    () => penstock.get(`/api/connectors/${id}`),
    ({ stalled }) => stalled !== undefined,
  );
const untilAdvances = (id: string): Promise<Body> =>
  until(
    () => penstock.get(`/api/connectors/${id}`),
    ({ stalled }) => stalled === undefined,
  );

describe('while ClickHouse is away', { timeout: 25_000 }, () => {
  it.each([
    ['down', 'kill'],
    ['slow', 'hang'],
  ] as const)(
    'because it is %s, nothing is lost, readiness and the connector say why, and it goes on by itself',
    async (_, how) => {
      const { stream, table, id } = await copying();
      const before = await holders(id);
      await engines[how]('clickhouse');
      await penstock.put(stream, numbers(10, 200));
      await penstock.put(stream, [{ n: 'not a number' }]);
      const stalled = await untilStalled(id);
      expect(stalled).toMatchObject({
        state: 'running',
        stalled: expect.stringContaining('ClickHouse did not answer'),
      });
      const { status, error } = await untilNotReady('streams', id);
      expect(status).toBe(503);
      expect(error['clickhouse']).toMatchObject({ status: 'down' });
      const refused = await penstock.post('/api/query', { query: 'SELECT 1' });
      expect([refused.status, refused.body['code']]).toEqual(
        how === 'kill' ? [503, 'warehouse.unreachable'] : [expect.any(Number), expect.any(String)],
      );
      expect(await holders(id)).toEqual(before);
      engines.release();
      await once(table, 200);
      await untilReady();
      await untilAdvances(id);
      expect(await penstock.untilLetters(id, 1)).toHaveLength(1);
      expect(await holders(id)).toEqual(before);
    },
  );

  it('a request for a table fails clearly, and leaves nothing that a later one stumbles over', async () => {
    const stream = await penstock.stream(1);
    await engines.kill('clickhouse');
    const body = { streamName: stream, tableName: 'after_all', schema: SCHEMA };
    const refused = await penstock.post('/api/create-table', body);
    expect([refused.status, refused.body['code']]).toEqual([503, 'warehouse.unreachable']);
    await until(readiness, ({ error }) => error['clickhouse'] !== undefined);
    engines.release();
    await untilReady();
    expect((await penstock.post('/api/create-table', body)).status).toBe(200);
    await penstock.put(stream, numbers(0, 5));
    await once('after_all', 5);
  });
});

describe('while its table is gone', { timeout: 25_000 }, () => {
  it('a stream waits for it, says so, and goes on when it is there again; other streams do not wait', async () => {
    const [gone, other] = [await copying(), await copying()];
    const [{ statement = '' } = {}] = await penstock.rows<{ statement: string }>(
      `SELECT create_table_query AS statement FROM system.tables WHERE name = '${gone.table}'`,
    );
    await penstock.clickhouse.command({ query: `DROP TABLE ${gone.table} SYNC` });
    await penstock.put(gone.stream, numbers(10, 50));
    await penstock.put(other.stream, numbers(10, 50));
    expect(await untilStalled(gone.id)).toMatchObject({ stalled: expect.stringContaining(gone.table) });
    expect((await untilNotReady('streams', gone.id)).status).toBe(503);
    await once(other.table, 50);
    await penstock.clickhouse.command({ query: statement });
    await once(gone.table, 40);
    await untilReady();
    await untilAdvances(gone.id);
    expect(await penstock.letters(gone.id)).toEqual([]);
  });

  it('for good, its connector can be paused and removed, and readiness has nothing to say any more', async () => {
    const { stream, table, id } = await copying();
    await penstock.clickhouse.command({ query: `DROP TABLE ${table} SYNC` });
    await penstock.put(stream, numbers(10, 20));
    await untilNotReady('streams', id);
    expect((await penstock.post(`/api/connectors/${id}/pause`)).body['state']).toBe('paused');
    await untilReady();
    expect((await penstock.call('DELETE', `/api/connectors/${id}?dropTable=true`)).status).toBe(204);
    expect(await penstock.get('/api/sources')).not.toContainEqual(expect.objectContaining({ connectorId: id }));
  });

  it('in shape, it takes what it can, and what it cannot waits as dead letters', async () => {
    const { stream, table, id } = await copying();
    await penstock.clickhouse.command({
      query: `ALTER TABLE ${table} ADD COLUMN must Array(UInt8), ADD CONSTRAINT small CHECK n < 100`,
    });
    await penstock.put(stream, numbers(10, 20));
    await penstock.untilCount(table, 20);
    await penstock.put(stream, [{ n: 500 }]);
    await untilStalled(id);
    await penstock.clickhouse.command({ query: `ALTER TABLE ${table} DROP CONSTRAINT small` });
    await once(table, 21);
    await untilAdvances(id);
  });
});

it('waits while ClickHouse has too many parts, and goes on when it has fewer', { timeout: 25_000 }, async () => {
  const { stream, table, id } = await copying();
  await penstock.clickhouse.command({ query: `SYSTEM STOP MERGES ${table}` });
  await penstock.clickhouse.command({
    query: `ALTER TABLE ${table} MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 0`,
  });
  await penstock.put(stream, numbers(10, 30));
  expect(await untilStalled(id)).toMatchObject({ stalled: expect.stringContaining('TOO_MANY_PARTS') });
  await untilNotReady('streams', id);
  await penstock.clickhouse.command({
    query: `ALTER TABLE ${table} RESET SETTING parts_to_throw_insert, parts_to_delay_insert`,
  });
  await penstock.clickhouse.command({ query: `SYSTEM START MERGES ${table}` });
  await once(table, 30);
  await untilAdvances(id);
  await untilReady();
});

describe('while another engine is away', { timeout: 25_000 }, () => {
  it.each<[Engine, 'kill' | 'hang']>([
    ['dynamodb', 'kill'],
    ['dynamodb', 'hang'],
    ['kinesis', 'kill'],
    ['postgres', 'kill'],
    ['postgres', 'hang'],
  ])('%s (%s), readiness names it, and copying goes on by itself with nothing lost or doubled', async (engine, how) => {
    const { stream, table, id } = await copying();
    if (engine !== 'kinesis') await penstock.put(stream, numbers(10, 60));
    await engines[how](engine);
    if (engine !== 'kinesis') await penstock.put(stream, [...numbers(60, 120), { n: 'not a number' }]);
    const { status } = await until(readiness, ({ error }) => error[engine] !== undefined);
    expect(status).toBe(503);
    engines.release();
    await untilReady();
    await penstock.put(stream, numbers(engine === 'kinesis' ? 10 : 120, 200));
    await once(table, 200);
    await untilAdvances(id);
    expect(await penstock.letters(id)).toHaveLength(engine === 'kinesis' ? 0 : 1);
  });

  it('kinesis, a stream that has nothing new is well again as soon as Kinesis is', async () => {
    const { id } = await copying();
    await engines.kill('kinesis');
    await untilNotReady('streams', id);
    engines.release();
    await untilReady();
    await untilAdvances(id);
  });
});
