import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignClients, HOW_TO, TEST_BROKERS } from '../../support/kafka-broker.js';
import { newTopic } from '../../support/kafka-topics.js';
import { RunningPenstock } from '../../support/running-penstock.js';

const broker = TEST_BROKERS ?? '';

describe.skipIf(broker === '')(`topics of Kafka as streams${HOW_TO}`, { timeout: 120_000 }, () => {
  let service: RunningPenstock;
  let foreign: ReturnType<typeof foreignClients>;
  beforeAll(async () => {
    foreign = foreignClients(broker);
    service = await RunningPenstock.start({ KAFKA_BOOTSTRAP_SERVERS: broker });
  }, 120_000);
  afterAll(async () => {
    await foreign?.close();
    await service?.stop();
  }, 60_000);

  const put = async (topic: string, values: readonly (string | null)[]): Promise<void> => {
    const messages = values.map((value, n) => ({
      topic,
      key: Buffer.from(`k${n}`),
      value: (value === null ? null : Buffer.from(value)) as Buffer,
    }));
    await foreign.producer.send({ messages });
  };

  it('are listed, looked at and onboarded from the command line', async () => {
    const topic = await newTopic(foreign.admin, 3);
    await put(
      topic,
      Array.from({ length: 40 }, (_, n) => JSON.stringify({ id: n, city: 'Lyon' })),
    );
    const ends = (await foreign.consumer.listOffsets({ topics: [topic] })).get(topic)!;
    expect(ends.reduce((sum, end) => sum + end, 0n)).toBe(40n);
    const { streamNames } = await service.cliJson('streams', 'list');
    expect(streamNames).toContain(`kafka:${topic}`);
    const sample = await service.cliJson('streams', 'sample', `kafka:${topic}`);
    expect((sample['inferredSchema'] as { name: string }[]).map(({ name }) => name)).toEqual(['id', 'city']);
    const receipt = await service.cliJson('streams', 'onboard', `kafka:${topic}`, topic, '--yes');
    expect(receipt['streamARN']).toMatch(new RegExp(`^kafka:${topic}/[0-9a-f-]{36}$`));
    expect(await service.untilCount(topic, 40)).toBe(40);
    await put(topic, [JSON.stringify({ id: 40, city: 'Oslo' })]);
    expect(await service.untilCount(topic, 41)).toBe(41);
  });

  it('have bad records among the dead letters, and nothing of tombstones', async () => {
    const topic = await newTopic(foreign.admin, 1);
    await put(topic, ['{"id":1}', null, 'not JSON', '{"id":2}', null]);
    const schema = [
      { name: 'id', type: 'Int64' },
      { name: '_shard', type: 'String' },
      { name: '_sequence_number', type: 'String' },
      { name: '_key', type: 'String' },
    ];
    const connectorId = await service.onboard(`kafka:${topic}`, topic, { schema, orderBy: ['id'] });
    await service.untilCount(topic, 2);
    expect(
      await service.rows(`SELECT toInt32(id) AS id, _shard, _sequence_number, _key FROM ${topic} ORDER BY id`),
    ).toEqual([
      { id: 1, _shard: 'partition-0', _sequence_number: '0', _key: 'k0' },
      { id: 2, _shard: 'partition-0', _sequence_number: '3', _key: 'k3' },
    ]);
    const letters = await service.untilLetters(connectorId, 1);
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ code: 'record.not-json', shardId: 'partition-0', sequenceNumber: '2' });
  });

  it('are refused by name when they are not there', async () => {
    const { status, body } = await service.post('/api/kinesis-sample', { streamName: 'kafka:nowhere' });
    expect([status, body['code']]).toEqual([404, 'stream.unknown']);
    expect((await service.cli('streams', 'sample', 'kafka:nowhere')).exitCode).toBe(66);
  });

  it('count for readiness', async () => {
    const { body } = await service.call('GET', '/health/ready');
    expect(JSON.stringify(body)).toContain('"kafka"');
  });
});
