import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

let penstock: RunningPenstock;
let stream: string;
let arn: string;

beforeAll(async () => {
  penstock = await RunningPenstock.start();
  stream = await penstock.stream(1);
  const answer = await penstock.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
  arn = answer.StreamDescriptionSummary!.StreamARN!;
  await penstock.post('/api/query', { query: 'SELECT 1' });
  await penstock.clickhouse.command({ query: 'CREATE DATABASE IF NOT EXISTS other' });
});
afterAll(() => penstock.stop());

const ID = [{ name: 'id', type: 'Int32' }];
const create = (tableName: string, more: Body = {}) =>
  penstock.post('/api/create-table', { streamName: stream, tableName, schema: ID, ...more });

/** All that a request may leave behind, as foreign clients see it. */
async function world(): Promise<object> {
  const tables = await penstock.rows(
    "SELECT database, name FROM system.tables WHERE database IN ('default', 'other') ORDER BY ALL",
  );
  const items = async (TableName: string) =>
    (await penstock.dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items?.length;
  return { tables, connectors: await items('penstock_connectors'), map: await items('stream_table_map') };
}

/** The connector's record, as it lies in DynamoDB. */
async function recordOf(id: string) {
  const Key = { connectorId: { S: id } };
  const { Item } = await penstock.dynamodb.send(
    new GetItemCommand({ TableName: 'penstock_connectors', Key, ConsistentRead: true }),
  );
  return Item;
}

describe('a table for a stream', () => {
  it('is seen as the same by foreign clients of ClickHouse, DynamoDB and Kinesis', async () => {
    const { body } = await create('seen');
    const { Items } = await penstock.dynamodb.send(new ScanCommand({ TableName: 'stream_table_map' }));
    expect(Items?.map(({ stream_id, table_id }) => [stream_id?.S, table_id?.S])).toContainEqual([
      arn,
      body['tableUUID'],
    ]);
    const [table] = await penstock.rows("SELECT toString(uuid) AS uuid FROM system.tables WHERE name = 'seen'");
    expect([body['streamARN'], body['tableUUID']]).toEqual([arn, table?.['uuid']]);
    expect((await recordOf(String(body['connectorId'])))?.['state']?.S).toBe('running');
  });

  it('has any type the server accepts', async () => {
    const types = [
      'UInt256',
      'Decimal(38, 10)',
      "DateTime64(6, 'Europe/Berlin')",
      "Enum8('it''s' = 1, 'b' = -2)",
      'LowCardinality(Nullable(String))',
      'Map(String, Array(Nullable(Float64)))',
      'Tuple(a UInt8, `b c` Nested(d String))',
      'UUID',
      'IPv6',
      'FixedString(16)',
      'JSON',
      'Variant(UInt64, String)',
      'bigint unsigned',
      'double precision',
      'Point',
    ];
    const schema = types.map((type, n) => ({ name: `c${n}`, type }));
    const { status, body } = await create('of_all_types', { schema });
    expect([status, body['detail']]).toEqual([200, undefined]);
    const columns = await penstock.rows("SELECT name FROM system.columns WHERE table = 'of_all_types'");
    expect(columns).toHaveLength(types.length);
  });

  it.each([
    'with space',
    'with`tick',
    'with"quote',
    "'; DROP TABLE seen; --",
    'back\\slash',
    'sélection_日本_🙂',
    'select',
    'default',
    '1st',
    'a.b',
    '%2e%2e%2f',
    '../../etc',
    'Robert")); --',
  ])('and its columns can have any name: %s', async (name) => {
    const schema = [
      { name, type: 'Int32' },
      { name: `${name}2`, type: 'Nullable(String)' },
    ];
    const source = await penstock.stream(1);
    const { status, body } = await create(name, { streamName: source, schema, orderBy: [name] });
    expect([status, body['detail']]).toEqual([200, undefined]);
    await penstock.put(source, [{ [name]: 7, [`${name}2`]: name, [`${name}3`]: true }]);
    const quoted = `default.\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
    await penstock.untilCount(quoted, 1);
    expect(await penstock.rows(`SELECT * FROM ${quoted}`)).toEqual([
      { [name]: 7, [`${name}2`]: name, [`${name}3`]: true },
    ]);
    expect((await penstock.get('/api/databases'))['default']).toEqual(expect.arrayContaining([name, 'seen']));
  });

  it('lies in the database asked for, and is copied from where it was told to', async () => {
    const source = await penstock.stream(1);
    await penstock.put(source, [{ id: 1 }]);
    const { body } = await create('later', { streamName: source, databaseName: 'other', startFrom: 'LATEST' });
    await penstock.put(source, [{ id: 2 }]);
    await penstock.untilCount('other.later', 1);
    expect(await penstock.rows('SELECT id FROM other.later')).toEqual([{ id: 2 }]);
    expect(await penstock.get(`/api/connectors/${String(body['connectorId'])}`)).toMatchObject({
      databaseName: 'other',
      startFrom: expect.stringMatching(/^\d{4}-/),
    });
  });

  it('is made once when the same request comes twice, also at the same time', async () => {
    const before = (await world()) as { connectors: number };
    const answers = await Promise.all([create('twice'), create('twice'), create('twice')]);
    const third = await create('twice');
    const statuses = [...answers, third].map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, 409, 409, 409]);
    expect(third.body).toMatchObject({ code: 'table.exists', detail: expect.stringContaining('default.twice') });
    const winner = answers.find(({ status }) => status === 200)!.body;
    await until(world, (now) => (now as typeof before).connectors === before.connectors + 1);
    expect(await penstock.get(`/api/connectors/${String(winner['connectorId'])}`)).toMatchObject({ state: 'running' });
    const [table] = await penstock.rows("SELECT toString(uuid) AS uuid FROM system.tables WHERE name = 'twice'");
    expect(table?.['uuid']).toBe(winner['tableUUID']);
  });
});

describe('a request that is refused', () => {
  const nullable = [{ name: 'id', type: 'Nullable(Int64)' }];
  it.each<[string, Body, number, string, string | undefined]>([
    ['a Nullable sort key', { schema: nullable, orderBy: ['id'] }, 422, 'schema.invalid', 'orderBy.0'],
    ['an unknown sort key', { orderBy: ['id', 'nobody'] }, 422, 'schema.invalid', 'orderBy.1'],
    [
      'a sort key with no order',
      { schema: [{ name: 'id', type: 'JSON' }], orderBy: ['id'] },
      422,
      'schema.invalid',
      'orderBy.0',
    ],
    ['a sort key twice', { orderBy: ['id', 'id'] }, 422, 'schema.invalid', 'orderBy.1'],
    ['a column twice', { schema: [...ID, ...ID] }, 422, 'schema.invalid', 'schema.1.name'],
    ['a column without a name', { schema: [{ name: ' ', type: 'Int8' }] }, 422, 'identifier.invalid', 'schema.0.name'],
    [
      'a name with a control character',
      { schema: [{ name: 'a\u0000b', type: 'Int8' }] },
      422,
      'identifier.invalid',
      'schema.0.name',
    ],
    [
      'a name ClickHouse keeps',
      { schema: [{ name: '_row_exists', type: 'Int8' }] },
      422,
      'identifier.invalid',
      'schema.0.name',
    ],
    ['no type', { schema: [...ID, { name: 'b', type: '' }] }, 422, 'schema.invalid', 'schema.1.type'],
    [
      'a type and more',
      { schema: [{ name: 'a', type: 'Int8) ENGINE = Null; --' }] },
      422,
      'schema.invalid',
      'schema.0.type',
    ],
    [
      'a type with a default',
      { schema: [{ name: 'a', type: 'Int8 DEFAULT 1' }] },
      422,
      'schema.invalid',
      'schema.0.type',
    ],
    ['a type the server does not know', { schema: [{ name: 'a', type: 'Int7' }] }, 422, 'schema.invalid', undefined],
    [
      'a type the server forbids',
      { schema: [{ name: 'a', type: 'Nullable(Array(Int8))' }] },
      422,
      'schema.invalid',
      undefined,
    ],
    [
      'a key only the server refuses',
      { schema: [{ name: 'a', type: 'Tuple(b Dynamic)' }], orderBy: ['a'] },
      422,
      'schema.invalid',
      'orderBy.0',
    ],
    ['an empty table name', { tableName: '' }, 422, 'identifier.invalid', 'tableName'],
    ['a long table name', { tableName: 'é'.repeat(100) }, 422, 'identifier.invalid', 'tableName'],
    ['an unknown database', { databaseName: 'nowhere' }, 404, 'database.unknown', undefined],
    ['an existing table', { tableName: 'seen' }, 409, 'table.exists', undefined],
    ['an unknown stream', { streamName: 'no-such-stream' }, 404, 'stream.unknown', undefined],
    ['no columns', { schema: [] }, 400, 'request.invalid', 'schema'],
    ['a schema that is none', { schema: { id: 'Int8' } }, 400, 'request.invalid', 'schema'],
    ['a column that is none', { schema: [{ name: 'a' }] }, 400, 'request.invalid', 'schema.0.type'],
    ['a place to start that is none', { startFrom: 'yesterday' }, 400, 'request.invalid', 'startFrom'],
    ['a time without a zone', { startFrom: '2025-01-01T00:00:00' }, 400, 'request.invalid', 'startFrom'],
    ['an unknown policy', { onNewField: 'guess' }, 400, 'request.invalid', 'onNewField'],
  ])('for %s says so and leaves nothing behind', async (_, more, status, code, path) => {
    const before = await world();
    const answer = await create('never', more);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    const paths = ((answer.body['errors'] ?? []) as Body[]).map((fault) => fault['path']);
    expect(path === undefined || paths.includes(path)).toBe(true);
    expect(await world()).toEqual(before);
  });

  it('says everything that is wrong at once', async () => {
    const schema = [
      { name: '', type: 'Int8' },
      { name: 'a', type: ')' },
    ];
    const { body } = await create('never', { tableName: ' ', schema, orderBy: ['b'] });
    const paths = (body['errors'] as Body[]).map(({ path }) => path);
    expect(paths).toEqual(['tableName', 'schema.0.name', 'schema.1.type', 'orderBy.0']);
  });

  it.each(['{"streamName":', '[]', 'null', '"x"'])('for the body %s leaves nothing behind', async (text) => {
    const before = await world();
    expect((await penstock.post('/api/create-table', text)).status).toBe(400);
    expect(await world()).toEqual(before);
  });
});

/** What a process that was killed between two steps of create-table leaves behind. */
async function leaveHalfMade(tableName: string, { state = 'creating', type = 'Int64', minutesAgo = 5 } = {}) {
  const id = `${tableName}-half-made`;
  const S = (text: string) => ({ S: text });
  const Item = {
    connectorId: S(id),
    streamName: S(stream),
    streamArn: S(arn),
    databaseName: S('default'),
    tableName: S(tableName),
    schema: S(JSON.stringify([{ name: 'id', type }])),
    orderBy: S('["id"]'),
    startFrom: S('"TRIM_HORIZON"'),
    onNewField: S('evolve'),
    state: S(state),
    createdAtMs: { N: String(Date.now() - minutesAgo * 60_000) },
    revision: { N: '1' },
  };
  await penstock.dynamodb.send(new PutItemCommand({ TableName: 'penstock_connectors', Item }));
  return id;
}

describe('a request that died half-way', () => {
  it('before its table was made is finished by a worker', async () => {
    const id = await leaveHalfMade('died_early');
    const record = await until(
      () => recordOf(id),
      (item) => item?.['state']?.S === 'running',
    );
    const [table] = await penstock.rows("SELECT toString(uuid) AS uuid FROM system.tables WHERE name = 'died_early'");
    expect(record?.['tableUuid']?.S).toBe(table?.['uuid']);
  });

  it('after its table was made is finished with that very table', async () => {
    await penstock.clickhouse.command({
      query:
        'CREATE TABLE died_late (id Int64) ENGINE = MergeTree ORDER BY id ' +
        "COMMENT 'Penstock copies a stream into this table, connector died_late-half-made'",
    });
    const id = await leaveHalfMade('died_late');
    await until(
      () => recordOf(id),
      (item) => item?.['state']?.S === 'running',
    );
    const { Items = [] } = await penstock.dynamodb.send(new ScanCommand({ TableName: 'stream_table_map' }));
    const [table] = await penstock.rows("SELECT toString(uuid) AS uuid FROM system.tables WHERE name = 'died_late'");
    expect(Items.map(({ table_id }) => table_id?.S)).toContain(table?.['uuid']);
  });

  it('whose table cannot be made is undone', async () => {
    const ids = [await leaveHalfMade('died_badly', { type: 'Int7' }), await leaveHalfMade('seen')];
    for (const id of ids) {
      await until(
        () => recordOf(id),
        (item) => item === undefined,
      );
    }
    // The table of somebody else stays.
    expect(await penstock.count('seen')).toBe(0);
  });

  it('while it was being removed is removed to its end', async () => {
    const id = await leaveHalfMade('died_leaving', { state: 'removing' });
    await until(
      () => recordOf(id),
      (item) => item === undefined,
    );
    expect((await penstock.call('GET', `/api/connectors/${id}`)).status).toBe(404);
  });

  it('a moment ago is left alone, and cannot be paused or removed yet', async () => {
    const id = await leaveHalfMade('still_being_made', { minutesAgo: 0 });
    for (const [method, path] of [
      ['POST', `/api/connectors/${id}/pause`],
      ['DELETE', `/api/connectors/${id}`],
    ] as const) {
      const { status, body } = await penstock.call(method, path);
      expect([status, body['code']]).toEqual([409, 'connector.conflict']);
    }
    expect((await recordOf(id))?.['state']?.S).toBe('creating');
  });

  it('by kill -9 at any moment leaves either a connector that works or nothing', async () => {
    const source = await penstock.stream(1);
    await penstock.put(source, [{ id: 1 }]);
    const names = [15, 60].map((afterMs) => ({ name: `killed_${afterMs}`, afterMs }));
    for (const { name, afterMs } of names) {
      const doomed = create(name, { streamName: source }).catch(() => undefined);
      await sleep(afterMs);
      await penstock.kill();
      await doomed;
      await penstock.serve();
    }
    for (const Item of await connectorItems()) await age(Item);
    const items = await until(connectorItems, (all) => all.every(({ state }) => state?.S === 'running'));
    for (const { name } of names) {
      const [table] = await penstock.rows(`SELECT toString(uuid) AS uuid FROM system.tables WHERE name = '${name}'`);
      const owners = items.filter(({ tableName }) => tableName?.S === name).map(({ tableUuid }) => tableUuid?.S);
      expect(owners).toEqual(table === undefined ? [] : [table['uuid']]);
      expect(table === undefined ? 1 : await penstock.untilCount(name, 1)).toBe(1);
    }
  });
});

async function connectorItems() {
  const answer = await penstock.dynamodb.send(
    new ScanCommand({ TableName: 'penstock_connectors', ConsistentRead: true }),
  );
  return (answer.Items ?? []).filter(({ tableName }) => tableName?.S?.startsWith('killed_'));
}

/** A creation that began a moment ago may still be going on; one that began long ago is taken for dead. */
async function age({ connectorId, state }: Awaited<ReturnType<typeof connectorItems>>[number]): Promise<void> {
  if (state?.S !== 'creating') return;
  await penstock.dynamodb.send(
    new UpdateItemCommand({
      TableName: 'penstock_connectors',
      Key: { connectorId: connectorId! },
      UpdateExpression: 'SET createdAtMs = :long_ago',
      ExpressionAttributeValues: { ':long_ago': { N: '1' } },
    }),
  );
}
