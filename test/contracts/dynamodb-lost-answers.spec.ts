import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamodbConnectors } from '../../src/infrastructure/dynamodb/dynamodb-connectors.js';
import { DynamodbShardLeases } from '../../src/infrastructure/dynamodb/dynamodb-shard-leases.js';
import type { Connector } from '../../src/domain/stream-onboarding/connector.js';
import { dynamodbAt } from '../support/dynamodb-adapters.js';
import { engineOf, freshName } from '../support/engine-of.js';
import { type FaultyPath, faultyPathTo } from '../support/faulty-path.js';

const SHARD = 'shardId-000000000000';

describe('Writes to DynamoDB on a bad network', () => {
  let path: FaultyPath;
  let adapters: ReturnType<typeof dynamodbAt>;
  let leases: DynamodbShardLeases;
  let connectors: DynamodbConnectors;
  beforeAll(async () => {
    const endpoint = await engineOf('dynamodb');
    path = await faultyPathTo(endpoint.url);
    adapters = dynamodbAt({ ...endpoint, url: path.url });
    leases = new DynamodbShardLeases(adapters.tables, freshName('leases'));
    connectors = new DynamodbConnectors(adapters.tables, {
      connectorsTable: freshName('connectors'),
      streamTableMap: freshName('map'),
    });
  });
  afterAll(async () => {
    await adapters.connection.close();
    await path.close();
  });

  const target = (request: { headers: NodeJS.Dict<string | string[]> }): string =>
    String(request.headers['x-amz-target']);
  const isWrite = (request: { headers: NodeJS.Dict<string | string[]> }): boolean =>
    /\.(Put|Update|Delete)Item$/.test(target(request));
  const created = async () => {
    const connectorId = freshName('connector');
    await leases.create({ connectorId, shardId: SHARD, parentShardIds: [] });
    return (await leases.list(connectorId))[0]!;
  };
  const connector = (): Connector => ({
    id: freshName('orders'),
    streamName: 'orders',
    streamArn: freshName('arn:aws:kinesis:us-east-1:000000000000:stream/orders'),
    target: { database: 'default', table: 'orders' },
    columns: [{ name: 'a', type: 'String' }],
    orderBy: [],
    startFrom: 'TRIM_HORIZON',
    onNewField: 'evolve',
    state: 'creating',
    createdAtMs: 1,
    revision: 1,
  });

  it('know a lease for taken whose answer was lost', async () => {
    const seen = await created();
    path.loseAnswers(1, isWrite);
    expect(await leases.take(seen, 'worker-1')).toMatchObject({ owner: 'worker-1', epoch: 1, counter: 1 });
  });

  it('write a checkpoint whose answer was lost', async () => {
    const held = (await leases.take(await created(), 'worker-1'))!;
    path.loseAnswers(2, isWrite);
    const written = await leases.write(held, { checkpoint: { sequenceNumber: '7' }, pending: null });
    expect(written).toMatchObject({ checkpoint: { sequenceNumber: '7' }, owner: 'worker-1' });
    expect((await leases.list(held.connectorId))[0]).toEqual(written);
  });

  it('do not go back when a request arrives that had been lost on the way', async () => {
    const held = (await leases.take(await created(), 'worker-1'))!;
    const begun = await leases.write(held, { pending: { first: '5', last: '9', records: 3 } });
    const delayed = path.passed.findLast(isWrite)!;
    const done = await leases.write(begun, { checkpoint: { sequenceNumber: '9' }, pending: null });
    expect(await path.deliverAgain(delayed)).toBe(400);
    const [now] = await leases.list(held.connectorId);
    expect(now).toEqual(done);
    expect(now).not.toHaveProperty('pending');
  });

  it('do not take a lease again by a request that arrives late', async () => {
    const held = (await leases.take(await created(), 'worker-1'))!;
    const delayed = path.passed.findLast(isWrite)!;
    await leases.release(held);
    expect(await path.deliverAgain(delayed)).toBe(400);
    expect((await leases.list(held.connectorId))[0]).not.toHaveProperty('owner');
  });

  it('record a connector once whose answer was lost, and do not call it taken', async () => {
    const wanted = connector();
    path.loseAnswers(1, isWrite);
    await connectors.create(wanted);
    await expect(connectors.create(wanted)).rejects.toMatchObject({ code: 'connector.exists' });
    expect(await connectors.get(wanted.id)).toEqual(wanted);
  });

  it('change a connector whose answer was lost, and do not call it a conflict', async () => {
    const before = connector();
    await connectors.create(before);
    path.loseAnswers(
      1,
      (request) => /\.(Update|Put)Item$/.test(target(request)) && !/stream_id/.test(request.body.toString()),
    );
    const after = await connectors.change(before, { state: 'running', tableUuid: 't-1' });
    expect(after).toMatchObject({ state: 'running', revision: 2 });
    expect(await connectors.get(before.id)).toEqual(after);
  });
});
