import { Buffer } from 'node:buffer';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWS, type Body, RunningPenstock, until } from '../../support/running-penstock.js';

const STREAM = 'MyKinesisDataStream';
const EVENT = {
  event_timestamp: 1,
  event_type: 'purchase',
  page_url: 'https://www.example.com/',
  product_id: 84,
  session_id: 'af29b7b3-b1a4-4562-84ae-3447b1b2bcd8',
  user_id: 426,
};

let penstock: RunningPenstock;

beforeAll(async () => {
  penstock = await RunningPenstock.start({ SESSION_TTL_MS: '2000' });
  await penstock.stream(1, STREAM);
  await penstock.put(STREAM, [EVENT]);
});
afterAll(() => penstock.stop());

/** Puts events into the shard to which this share of all hash keys belongs. */
async function putAt(StreamName: string, share: number, events: readonly object[]): Promise<void> {
  const ExplicitHashKey = String(((2n ** 128n - 1n) * BigInt(Math.round(share * 100))) / 100n);
  const Records = events.map((event) => ({
    PartitionKey: 'k',
    ExplicitHashKey,
    Data: Buffer.from(JSON.stringify(event)),
  }));
  await penstock.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
}

const credentials = { secretKey: AWS.secretAccessKey, accessKey: AWS.accessKeyId };
const codeOf = ({ status, body }: { status: number; body: Body }): unknown[] => [status, body['code']];
const sample = (streamName: string, more: Body = {}, headers = {}) =>
  penstock.post('/api/kinesis-sample', { streamName, timeoutMs: 600, ...more }, headers);
const columnsOf = (body: Body): Record<string, string> =>
  Object.fromEntries(
    (body['inferredSchema'] as { name: string; type: string }[]).map(({ name, type }) => [name, type]),
  );

describe("the three requests of the Kinesis Connector's document", () => {
  it('authenticates, and lists the streams of the account', async () => {
    const { status, body } = await penstock.post('/api/authenticate', credentials);
    expect(status).toBe(200);
    expect(body).toMatchObject({ authenticated: true, streamNames: [STREAM] });
  });

  it('samples an event and infers its schema, in the types the document shows', async () => {
    const { status, body } = await penstock.post('/api/kinesis-sample', { streamName: STREAM });
    expect(status).toBe(200);
    expect(body['sampleEvent']).toEqual(EVENT);
    expect(columnsOf(body)).toMatchObject({ user_id: 'Nullable(Int64)', session_id: 'Nullable(String)' });
    expect(Object.keys(columnsOf(body)).sort()).toEqual(Object.keys(EVENT).sort());
  });

  it('creates the table, Boolean and all, and answers with every field of the document', async () => {
    const { status, body } = await penstock.post('/api/create-table', {
      streamName: STREAM,
      tableName: 'example_table',
      schema: [
        { name: 'column_name_1', type: 'String' },
        { name: 'column_name_2', type: 'Int32' },
        { name: 'columns_name_3', type: 'Boolean' },
      ],
      onNewField: 'ignore',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      message: expect.stringMatching(/^Table created in ClickHouse/),
      streamARN: expect.stringMatching(new RegExp(`^arn:aws:kinesis:us-east-1:\\d{12}:stream/${STREAM}$`)),
      connectorId: expect.any(String),
    });
    expect(body['create_table_query']).toMatch(
      /^CREATE TABLE default\.example_table\(column_name_1 String, column_name_2 Int32, columns_name_3 (Bool|Boolean)\) ENGINE = MergeTree\(\) PRIMARY KEY column_name_1/,
    );
    const [table] = await penstock.rows(
      "SELECT toString(uuid) AS uuid, sorting_key FROM system.tables WHERE name = 'example_table'",
    );
    expect(table).toEqual({ uuid: body['tableUUID'], sorting_key: 'column_name_1' });
    const types = await penstock.rows(
      "SELECT type FROM system.columns WHERE table = 'example_table' ORDER BY position",
    );
    expect(types.map(({ type }) => type)).toEqual(['String', 'Int32', 'Bool']);
    await penstock.put(STREAM, [{ column_name_1: 'a', column_name_2: -1, columns_name_3: true }]);
    const landed = "SELECT * FROM example_table WHERE column_name_1 = 'a'";
    const [row] = await until(
      () => penstock.rows(landed),
      (rows) => rows.length > 0,
    );
    expect(row).toEqual({ column_name_1: 'a', column_name_2: -1, columns_name_3: true });
  });
});

describe('sessions', () => {
  const missing = [401, 'session.missing'];

  it.each([
    ['secret', { ...credentials, secretKey: 'not-the-secret' }],
    ['access key', { ...credentials, accessKey: 'AKIANOBODY' }],
  ])('refuse a wrong %s, and repeat nothing of it', async (_, wrong) => {
    const answer = await penstock.post('/api/authenticate', wrong);
    expect(codeOf(answer)).toEqual([401, 'credentials.refused']);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(JSON.stringify(answer.body) + penstock.log).not.toContain('not-the-secret');
  });

  it('are shown by header or by cookie, which scripts cannot read', async () => {
    const { headers, body } = await penstock.post('/api/authenticate', credentials);
    const cookie = headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    for (const shown of [{ 'x-penstock-session': String(body['session']) }, { cookie: cookie.split(';')[0] ?? '' }]) {
      expect((await penstock.call('GET', '/api/streams', undefined, shown)).status).toBe(200);
    }
    expect(penstock.log).not.toContain(String(body['session']));
  });

  it('are never taken from another caller: an unknown id is no session, and none is the service itself', async () => {
    await penstock.post('/api/authenticate', credentials);
    const stranger = { 'x-penstock-session': 'a'.repeat(43) };
    expect(codeOf(await sample(STREAM, {}, stranger))).toEqual(missing);
    expect(codeOf(await penstock.call('GET', '/api/streams', undefined, { cookie: 'penstock_session=x' }))).toEqual(
      missing,
    );
    expect((await sample(STREAM)).status).toBe(200);
  });

  it('take the name of a region, are refused where they are not valid, and take nothing else in its place', async () => {
    const shown = (region: string) => penstock.post('/api/authenticate', { ...credentials, region });
    expect((await shown('us-east-1')).status).toBe(200);
    expect(codeOf(await shown('eu-west-1'))).toEqual([401, 'credentials.refused']);
    expect(codeOf(await shown('x@evil.example'))).toEqual([400, 'request.invalid']);
  });

  it('end when they said they would', async () => {
    const { body } = await penstock.post('/api/authenticate', credentials);
    const shown = { 'x-penstock-session': String(body['session']) };
    expect(Date.parse(String(body['expiresAt']))).toBeGreaterThan(Date.now());
    const answer = await until(
      () => penstock.call('GET', '/api/streams', undefined, shown),
      ({ status }) => status !== 200,
    );
    expect(codeOf(answer)).toEqual(missing);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(String(body['expiresAt'])));
  });

  it.each([{}, { accessKey: 'a' }, { accessKey: '', secretKey: 'b' }, { accessKey: 1, secretKey: 'b' }, [], 'no json'])(
    'are not opened by %j',
    async (body) => {
      const { status, headers } = await penstock.post('/api/authenticate', body);
      expect(status).toBe(400);
      expect(headers.get('content-type')).toContain('application/problem+json');
    },
  );
});

describe('a sample', () => {
  it('of a stream without records, or of no stream, is a 404 that tells which', async () => {
    const empty = await penstock.stream(2);
    expect(codeOf(await sample(empty))).toEqual([404, 'stream.empty']);
    expect(codeOf(await sample('no-such-stream'))).toEqual([404, 'stream.unknown']);
  });

  it('holds events of every shard, however few they are', async () => {
    const name = await penstock.stream(3);
    await putAt(
      name,
      0.1,
      Array.from({ length: 200 }, (_, n) => ({ id: n, kind: 'usual' })),
    );
    await putAt(name, 0.9, [{ id: 'seven', odd: true }]);
    const { body } = await sample(name, { sampleSize: 10 });
    expect((body['evidence'] as Body)['events']).toBe(10);
    expect(columnsOf(body)).toMatchObject({ id: 'Nullable(String)', odd: 'Nullable(Bool)' });
    const columns = (body['evidence'] as Body)['columns'] as Record<string, Body>;
    expect(columns['id']).toMatchObject({ kinds: { int: 9, text: 1 } });
    expect(columns['odd']).toMatchObject({ seen: 1, missing: 9 });
  });

  it('shows the newest event of those it has', async () => {
    const name = await penstock.stream(2);
    for (const n of [1, 2, 3]) await putAt(name, n % 2 ? 0.1 : 0.9, [{ n }]);
    expect((await sample(name)).body['sampleEvent']).toEqual({ n: 3 });
  });

  it('waits for the first event of an empty stream as long as it may', async () => {
    const name = await penstock.stream(2);
    const [{ status, body }] = await Promise.all([
      sample(name, { timeoutMs: 20_000 }),
      until(
        async () => penstock.put(name, [{ late: true }]),
        () => true,
      ),
    ]);
    expect([status, body['sampleEvent']]).toEqual([200, { late: true }]);
  });

  it('counts what it could not read, and says so when it could read nothing', async () => {
    const name = await penstock.stream(1);
    await penstock.put(name, ['not json', '[1]', Buffer.from([0xff, 0xfe]), '{"a":1,"a":2}']);
    expect(codeOf(await sample(name))).toEqual([422, 'schema.invalid']);
    await penstock.put(name, [{ a: 1 }]);
    expect((await sample(name)).body['evidence']).toMatchObject({
      events: 1,
      unreadable: { 'not-json': 1, 'not-an-object': 1, 'not-utf8': 1, 'repeated-field': 1 },
    });
  });

  it.each([
    { sampleSize: 0 },
    { sampleSize: 10_001 },
    { sampleSize: 1.5 },
    { sampleSize: '10' },
    { timeoutMs: 0 },
    { timeoutMs: 60_001 },
    { streamName: '' },
    { streamName: '../x' },
    { streamName: 'a'.repeat(129) },
    { streamName: null },
    { surprise: 1 },
  ])('is refused for %j, with the field at fault', async (more) => {
    const answer = await sample(STREAM, more);
    expect(codeOf(answer)).toEqual([400, 'request.invalid']);
    expect((answer.body['errors'] as Body[]).map(({ path }) => path)).toContain(Object.keys(more)[0]);
  });

  it('takes the smallest and the largest it allows', async () => {
    expect((await sample(STREAM, { sampleSize: 1 })).body['evidence']).toMatchObject({ events: 1 });
    expect((await sample(STREAM, { sampleSize: 10_000 })).status).toBe(200);
  });
});
