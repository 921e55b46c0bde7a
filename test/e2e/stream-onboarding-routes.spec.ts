import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createService } from '../../src/service.js';
import { onboardingOver, OnboardingWorld } from '../support/onboarding-capability.js';

let world: OnboardingWorld;
let app: NestFastifyApplication;

beforeAll(async () => {
  world = new OnboardingWorld();
  const created = await createService('serve', {
    environment: { LOGGING_LEVEL: 'CRITICAL', LOGGING_FORMAT: 'json', RATE_LIMIT_PER_MINUTE: '0' },
    capabilities: [onboardingOver(world)],
  });
  app = created.app;
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app.close());
beforeEach(() => {
  world.streams.streams.clear();
  world.connectors.all.clear();
  world.tables.all.clear();
  world.leases.all.clear();
  world.letters.all.length = 0;
});

async function call(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) {
  const response = await app.inject({ method, url, headers, ...(payload && { payload }) });
  const body = response.body === '' ? undefined : (JSON.parse(response.body) as Record<string, unknown>);
  return { status: response.statusCode, body, cookies: response.cookies, text: response.body };
}

const post = (url: string, payload?: object, headers?: Record<string, string>) => call('POST', url, payload, headers);
const get = (url: string) => call('GET', url);

const TABLE = {
  streamName: 'MyKinesisDataStream',
  tableName: 'example_table',
  schema: [
    { name: 'column_name_1', type: 'String' },
    { name: 'column_name_2', type: 'Int32' },
    { name: 'columns_name_3', type: 'Boolean' },
  ],
};

async function onboarded(): Promise<string> {
  world.streams.put('MyKinesisDataStream', 0, '{"column_name_2":1}');
  const { body } = await post('/api/create-table', TABLE);
  return body!['connectorId'] as string;
}

describe("the seed's three requests", () => {
  it('authenticates, samples and creates a table', async () => {
    world.streams.put('MyKinesisDataStream', 0, '{"user_id":426,"session_id":"af29b7b3"}');
    const authenticated = await post('/api/authenticate', { secretKey: 'secret', accessKey: 'good' });
    expect(authenticated).toMatchObject({
      status: 200,
      body: {
        authenticated: true,
        streamNames: ['MyKinesisDataStream'],
        session: expect.stringMatching(/^[\w-]{43}$/),
      },
    });
    const sample = await post('/api/kinesis-sample', { streamName: 'MyKinesisDataStream' });
    expect(sample).toMatchObject({
      status: 200,
      body: {
        inferredSchema: [
          { name: 'user_id', type: 'Nullable(Int64)' },
          { name: 'session_id', type: 'Nullable(String)' },
        ],
        sampleEvent: { user_id: 426, session_id: 'af29b7b3' },
      },
    });
    const created = await post('/api/create-table', TABLE);
    expect(created).toMatchObject({
      status: 200,
      body: { success: true, streamARN: expect.stringMatching(/^arn:aws:kinesis:/), tableUUID: expect.any(String) },
    });
    expect(created.body!['create_table_query']).toMatch(
      /^CREATE TABLE default\.example_table.*PRIMARY KEY column_name_1/,
    );
  });
});

describe('sessions', () => {
  it('are handed out as a cookie that scripts and other sites do not get', async () => {
    const { cookies } = await post('/api/authenticate', { accessKey: 'good', secretKey: 'secret' });
    expect(cookies).toEqual([
      expect.objectContaining({ name: 'penstock_session', httpOnly: true, sameSite: 'Strict', path: '/api' }),
    ]);
  });

  it('are taken from the cookie or the header, and never mixed up with the service', async () => {
    world.streams.put('s', 0, '{"a":1}');
    world.streams.serviceIsKnown = false;
    try {
      expect(await get('/api/streams')).toMatchObject({ status: 401, body: { code: 'session.missing' } });
      const { body } = await post('/api/authenticate', { accessKey: 'good', secretKey: 'secret' });
      const session = body!['session'] as string;
      for (const headers of [{ 'x-penstock-session': session }, { cookie: `penstock_session=${session}` }]) {
        expect(await call('GET', '/api/streams', undefined, headers)).toMatchObject({ status: 200 });
      }
    } finally {
      world.streams.serviceIsKnown = true;
    }
    const stale = await call('GET', '/api/streams', undefined, { 'x-penstock-session': 'gone' });
    expect(stale).toMatchObject({ status: 401, body: { code: 'session.missing' } });
  });

  it('are not opened for wrong credentials, which stand in no answer', async () => {
    const { status, body, cookies, text } = await post('/api/authenticate', { accessKey: 'bad', secretKey: 'hunter2' });
    expect([status, body!['code'], cookies]).toEqual([401, 'credentials.refused', []]);
    expect(text).not.toContain('hunter2');
  });

  it('cannot be opened at an address of the caller', async () => {
    const credentials = { accessKey: 'good', secretKey: 's', region: 'x.evil.example/' };
    expect(await post('/api/authenticate', credentials)).toMatchObject({
      status: 400,
      body: { code: 'request.invalid' },
    });
  });
});

describe('what is refused', () => {
  it.each([
    ['/api/kinesis-sample', { streamName: 'nowhere' }, 404, 'stream.unknown'],
    ['/api/kinesis-sample', {}, 400, 'request.invalid'],
    ['/api/kinesis-sample', { streamName: 's', sampleSize: 10_001 }, 400, 'request.invalid'],
    ['/api/create-table', { ...TABLE, schema: [] }, 400, 'request.invalid'],
    ['/api/create-table', { ...TABLE, onNewField: 'guess' }, 400, 'request.invalid'],
    ['/api/create-table', { ...TABLE, startFrom: 'yesterday' }, 400, 'request.invalid'],
    ['/api/create-table', { ...TABLE, orderBy: ['nobody'] }, 422, 'schema.invalid'],
    ['/api/create-table', { ...TABLE, tableName: ' ' }, 422, 'identifier.invalid'],
    ['/api/query', { query: '' }, 400, 'request.invalid'],
    ['/api/connectors/nobody/pause', undefined, 404, 'connector.unknown'],
    ['/api/connectors/nobody/dead-letters/replay', undefined, 404, 'connector.unknown'],
    ['/api/connectors/nobody/dead-letters/discard', {}, 400, 'request.invalid'],
  ])('%s %j', async (url, payload, status, code) => {
    expect(await post(url, payload)).toMatchObject({ status, body: { code } });
  });

  it('is an empty stream, with its own code', async () => {
    world.streams.put('empty', 0, 'x');
    world.streams.streams.get('empty')![0]!.records.pop();
    const { status, body } = await post('/api/kinesis-sample', { streamName: 'empty', timeoutMs: 20 });
    expect([status, body!['code']]).toEqual([404, 'stream.empty']);
  });

  it('is the same table twice', async () => {
    await onboarded();
    expect(await post('/api/create-table', TABLE)).toMatchObject({ status: 409, body: { code: 'table.exists' } });
  });
});

describe('the warehouse', () => {
  it('lists databases and sources as the original did', async () => {
    const connectorId = await onboarded();
    expect(await get('/api/databases')).toMatchObject({ status: 200, body: { default: ['clicks'] } });
    expect(await get('/api/sources')).toMatchObject({
      status: 200,
      body: [{ streamName: TABLE.streamName, streamType: 'kinesis', tableName: TABLE.tableName, connectorId }],
    });
  });

  it('answers a page of a query in the shape of the original', async () => {
    const { body } = await post('/api/query', { query: 'SELECT 1', page: 3, pageSize: 50 });
    expect(body).toEqual({
      metadata: {
        query: 'SELECT 1',
        row_count: 1,
        column_names: ['n'],
        column_types: ['UInt64'],
        total_count: 201,
        page: 3,
        page_size: 50,
        total_pages: 5,
      },
      data: [{ n: '1' }],
    });
    expect(world.asked.at(-1)).toEqual({ sql: 'SELECT 1', offset: 100, limit: 50, timeoutMs: 1000 });
  });
});

describe('connectors', () => {
  it('are shown, paused, resumed and removed', async () => {
    const id = await onboarded();
    expect(await get(`/api/connectors/${id}`)).toMatchObject({
      status: 200,
      body: { id, state: 'running', shards: [] },
    });
    expect(await post(`/api/connectors/${id}/pause`)).toMatchObject({ status: 200, body: { state: 'paused' } });
    expect(await post(`/api/connectors/${id}/resume`)).toMatchObject({ status: 200, body: { state: 'running' } });
    expect(await call('DELETE', `/api/connectors/${id}`)).toMatchObject({ status: 204, body: undefined });
    expect(await get(`/api/connectors/${id}`)).toMatchObject({ status: 404, body: { code: 'connector.unknown' } });
    expect(world.tables.all.size).toBe(1);
  });

  it('take their table along when they are told to', async () => {
    const id = await onboarded();
    expect((await call('DELETE', `/api/connectors/${id}?dropTable=yes`)).status).toBe(400);
    expect((await call('DELETE', `/api/connectors/${id}?dropTable=true`)).status).toBe(204);
    expect(world.tables.all.size).toBe(0);
  });

  it('are listed page by page, each once, the oldest first', async () => {
    world.streams.put('s', 0, '{"a":1}');
    for (let i = 0; i < 7; i += 1) await post('/api/create-table', { ...TABLE, streamName: 's', tableName: `t${i}` });
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/api/connectors?limit=3${cursor && `&cursor=${cursor}`}`);
      const page = body as unknown as { connectors: { tableName: string; createdOn: string }[]; next?: string };
      seen.push(...page.connectors.map(({ tableName }) => tableName));
      cursor = page.next ?? '';
    } while (cursor);
    expect(seen.sort()).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6']);
    expect(await get('/api/connectors?cursor=!')).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
  });
});

describe('dead letters', () => {
  async function withLetters(): Promise<string> {
    const connectorId = await onboarded();
    const letter = { connectorId, shardId: 'shardId-0', subSequenceNumber: 0, partitionKey: 'k', arrivedAtMs: 0 };
    const texts = [Buffer.from('{"column_name_2":7}'), Buffer.from([0xff, 0x00]), Buffer.from('{"column_name_2":"x"}')];
    await world.letters.add(
      texts.map((data, n) => ({
        ...letter,
        sequenceNumber: String(n),
        data,
        code: 'record.not-json',
        reason: 'was so',
      })),
    );
    return connectorId;
  }

  it('are listed with their bytes, and as text where they are text, by cursor', async () => {
    const id = await withLetters();
    const first = await get(`/api/connectors/${id}/dead-letters?limit=2&state=open`);
    const page = first.body as unknown as { deadLetters: object[]; next: string };
    expect(page.deadLetters).toEqual([
      expect.objectContaining({
        bytes: Buffer.from('{"column_name_2":7}').toString('base64'),
        text: '{"column_name_2":7}',
      }),
      expect.not.objectContaining({ text: expect.anything() }),
    ]);
    const { body } = await get(`/api/connectors/${id}/dead-letters?cursor=${page.next}`);
    expect(body).toEqual({ deadLetters: [expect.objectContaining({ sequenceNumber: '2' })] });
  });

  it('are replayed once, and discarded on request', async () => {
    const id = await withLetters();
    const replay = () => post(`/api/connectors/${id}/dead-letters/replay`);
    expect((await replay()).body).toEqual({ replayed: 1, stillFailing: 2, remaining: false });
    expect((await replay()).body).toEqual({ replayed: 0, stillFailing: 2, remaining: false });
    expect(world.tables.all.get('default.example_table')!.rows).toEqual([{ column_name_2: 7 }]);
    const discard = await post(`/api/connectors/${id}/dead-letters/discard`, { all: true });
    expect(discard).toMatchObject({ status: 200, body: { discarded: 2 } });
  });

  it('outlive their connector', async () => {
    const id = await withLetters();
    await call('DELETE', `/api/connectors/${id}`);
    const { body } = await get(`/api/connectors/${id}/dead-letters`);
    expect((body as { deadLetters?: object[] }).deadLetters).toHaveLength(3);
    expect(await get('/api/connectors/nobody/dead-letters')).toMatchObject({
      status: 404,
      body: { code: 'connector.unknown' },
    });
  });
});

describe('the description of the API', () => {
  it('shows every route with an example of its answer', async () => {
    const { body } = await get('/openapi.json');
    const paths = Object.entries(
      body!['paths'] as Record<string, Record<string, { responses: Record<string, object> }>>,
    );
    const api = paths
      .filter(([path]) => path.startsWith('/api/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, route]) => [`${method} ${path}`, route] as const),
      );
    expect(api).toHaveLength(15);
    const bare = api.filter(
      ([, { responses }]) => !responses['204'] && !JSON.stringify(responses['200']).includes('example'),
    );
    expect(bare.map(([name]) => name)).toEqual([]);
  });
});
