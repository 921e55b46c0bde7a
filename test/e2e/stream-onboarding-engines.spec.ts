import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Spawned, spawnService } from '../support/spawn-service.js';

type Body = Record<string, unknown>;

const EVENTS = 300;
const STREAM = 'MyKinesisDataStream';
const CREDENTIALS = { accessKeyId: 'penstock', secretAccessKey: 'penstock-local' };

let home: string;
let service: Spawned;
let url: string;
let kinesis: KinesisClient;

/** The built command line, beside the running service. */
function penstock(...words: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], HOME: home, PENSTOCK_HOME: join(home, 'data') };
  const cli = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words], { env, cwd: home }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    }).stdin?.end();
  });
}

async function json(...words: string[]): Promise<Body> {
  const { stdout, stderr } = await penstock(...words, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Body;
}

async function call(method: string, path: string, payload?: Body): Promise<{ status: number; body: Body }> {
  const init = payload && { body: JSON.stringify(payload), headers: { 'content-type': 'application/json' } };
  const response = await fetch(new URL(path, url), { method, ...init });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Body) };
}

async function put(...events: (object | string)[]): Promise<void> {
  const Records = events.map((event, n) => ({
    PartitionKey: `k${n}`,
    Data: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
  }));
  const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
  expect(FailedRecordCount ?? 0).toBe(0);
}

/** Asks until the answer is right; the test's own limit ends the asking. */
async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await sleep(200);
  }
}

async function select(query: string): Promise<Body[]> {
  const { body } = await call('POST', '/api/query', { query });
  return body['data'] as Body[];
}

const count = async (table: string): Promise<number> =>
  Number((await select(`SELECT count() AS n FROM ${table}`))[0]?.['n']);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'penstock-e2e-'));
  await chmod(home, 0o711); // PostgreSQL's user passes through when the tests run as root
  const environment = {
    PENSTOCK_HOME: join(home, 'data'),
    PORT: '0',
    LOGGING_FORMAT: 'text',
    COPY_BATCH_AGE_MS: '200',
  };
  service = spawnService('serve', environment, { cwd: home });
  url = /http:\S+/.exec(await service.line('listens on'))![0];
  await until(
    async () => (await fetch(new URL('/health/ready', url))).status,
    (status) => status === 200,
  );
  const engines = await json('engines');
  kinesis = new KinesisClient({
    endpoint: (engines['kinesis'] as { url: string }).url,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    requestHandler: new NodeHttpHandler(),
  });
  await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 3 }));
  const state = async () =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: STREAM }))).StreamDescriptionSummary;
  await until(state, (summary) => summary?.StreamStatus === 'ACTIVE');
}, 120_000);

afterAll(async () => {
  kinesis.destroy();
  service.process.kill('SIGTERM');
  await service.exit;
  await penstock('engines', 'stop');
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
}, 60_000);

/** In order, as a user of the Kinesis Connector goes about it. */
describe('a stream, onboarded on the embedded engines', { timeout: 60_000 }, () => {
  let connectorId: string;

  it('is empty at first, which has a code of its own', async () => {
    const { status, body } = await call('POST', '/api/kinesis-sample', { streamName: STREAM, timeoutMs: 400 });
    expect([status, body['code']]).toEqual([404, 'stream.empty']);
  });

  it('is listed to whoever has its credentials, and to nobody else', async () => {
    const good = { accessKey: CREDENTIALS.accessKeyId, secretKey: CREDENTIALS.secretAccessKey };
    expect(await call('POST', '/api/authenticate', good)).toMatchObject({
      status: 200,
      body: { authenticated: true, streamNames: [STREAM] },
    });
    const wrong = await call('POST', '/api/authenticate', { ...good, secretKey: 'wrong' });
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'credentials.refused']);
  });

  it('is sampled over all its shards', async () => {
    await put(...Array.from({ length: EVENTS }, (_, n) => ({ user_id: n, session_id: `s-${n}`, product_id: 84 })));
    const { status, body } = await call('POST', '/api/kinesis-sample', { streamName: STREAM });
    expect(status).toBe(200);
    expect(body['inferredSchema']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'user_id', type: expect.stringContaining('Int64') }),
        expect.objectContaining({ name: 'session_id', type: expect.stringContaining('String') }),
      ]),
    );
    expect((body['evidence'] as Body)['events']).toBe(100);
  });

  it('lands in its table, every event once', async () => {
    const schema = [
      { name: 'user_id', type: 'Int64' },
      { name: 'session_id', type: 'Nullable(String)' },
      { name: 'product_id', type: 'Nullable(UInt8)' },
      { name: '_shard', type: 'String' },
    ];
    const created = await call('POST', '/api/create-table', { streamName: STREAM, tableName: 'example_table', schema });
    expect(created).toMatchObject({ status: 200, body: { success: true, streamARN: expect.stringContaining(STREAM) } });
    connectorId = created.body['connectorId'] as string;
    await until(
      () => count('example_table'),
      (rows) => rows >= EVENTS,
    );
    const [seen] = await select(
      'SELECT count() AS n, uniqExact(user_id) AS users, uniqExact(_shard) AS shards FROM example_table',
    );
    expect([seen?.['n'], seen?.['users'], seen?.['shards']].map(Number)).toEqual([EVENTS, EVENTS, 3]);
    const [table] = await select("SELECT toString(uuid) AS uuid FROM system.tables WHERE name = 'example_table'");
    expect(created.body['tableUUID']).toBe(table?.['uuid']);
  });

  it('is shown with its shards and what they have copied', async () => {
    const shown = await until(
      () => json('connectors', 'show', connectorId),
      (view) => view['rows'] === EVENTS,
    );
    expect(shown).toMatchObject({ state: 'running', deadLetters: 0 });
    expect(shown['shards']).toHaveLength(3);
    expect(await call('GET', '/api/sources')).toMatchObject({
      body: [{ streamName: STREAM, tableName: 'example_table' }],
    });
  });

  it('is refused a second time', async () => {
    const { exitCode, stderr } = await penstock('streams', 'onboard', STREAM, 'example_table', '--yes');
    expect([exitCode, stderr]).toEqual([65, expect.stringContaining('already')]);
  });

  it('keeps what does not fit, with its bytes, until it fits: then it lands once', async () => {
    await put({ user_id: 1000, product_id: 256 }, 'not json', { user_id: 1001, product_id: 1 });
    const letters = () => json('connectors', 'dead-letters', connectorId, '--state', 'open');
    const { deadLetters } = await until(letters, (list) => (list['deadLetters'] as Body[]).length === 2);
    const codes = (deadLetters as Body[]).map(({ code, column, text }) => [code, column, text]);
    expect(codes).toEqual(
      expect.arrayContaining([
        ['record.not-json', undefined, 'not json'],
        ['record.wrong-type', 'product_id', '{"user_id":1000,"product_id":256}'],
      ]),
    );
    await alter('ALTER TABLE example_table MODIFY COLUMN product_id Nullable(UInt16)');
    const replays = [await json('connectors', 'replay', connectorId), await json('connectors', 'replay', connectorId)];
    expect(replays).toEqual([
      { replayed: 1, stillFailing: 1, remaining: false },
      { replayed: 0, stillFailing: 1, remaining: false },
    ]);
    await until(
      () => count('example_table'),
      (rows) => rows >= EVENTS + 2,
    );
    expect(await count('example_table')).toBe(EVENTS + 2);
    expect(await json('connectors', 'discard', connectorId, '--all')).toEqual({ discarded: 1 });
  });

  it('copies nothing while it is paused, and goes on from there', async () => {
    expect((await call('POST', `/api/connectors/${connectorId}/pause`)).body['state']).toBe('paused');
    await put({ user_id: 2000 });
    expect((await call('POST', `/api/connectors/${connectorId}/resume`)).body['state']).toBe('running');
    await until(
      () => count('example_table WHERE user_id = 2000'),
      (rows) => rows === 1,
    );
  });

  it('is removed with its table when told so, and nothing of it is left', async () => {
    expect((await call('DELETE', `/api/connectors/${connectorId}?dropTable=true`)).status).toBe(204);
    expect(await call('GET', `/api/connectors/${connectorId}`)).toMatchObject({ status: 404 });
    expect((await call('GET', '/api/databases')).body['default'] ?? []).not.toContain('example_table');
    expect((await call('GET', '/api/sources')).body).toEqual([]);
  });

  it('queries read, and do nothing else', async () => {
    for (const query of ['DROP TABLE example_table', "SELECT * FROM url('http://localhost/')", 'SELECT 1; SELECT 2']) {
      const { status, body } = await call('POST', '/api/query', { query });
      expect([query, status]).toEqual([query, 422]);
      expect(body['code']).toMatch(/^query\./);
    }
  });
});

/** As an administrator of ClickHouse, past the service. */
async function alter(statement: string): Promise<void> {
  const { url: clickhouse, user, password } = (await json('engines'))['clickhouse'] as Record<string, string>;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const response = await fetch(clickhouse!, { method: 'POST', body: statement, headers: { authorization } });
  expect(response.status).toBe(200);
}
