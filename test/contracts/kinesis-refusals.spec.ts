import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RecordsGivenUp } from '../../src/domain/ports/stream-sink.port.js';
import { seededRandom } from '../../src/domain/shared/seeded-random.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { KinesisClients } from '../../src/infrastructure/kinesis/kinesis-clients.js';
import { KinesisStreamSink } from '../../src/infrastructure/kinesis/kinesis-stream-sink.js';
import { storedIn } from '../support/kinesis-adapters.js';
import { IDENTITY, REGION } from '../support/aws-identity.js';
import { newStream } from '../support/kinesis-client.js';
import { openOwnEndpoint, type OwnEndpoint } from '../support/kinesis-engines.js';
import { type PickyKinesis, pickyKinesis } from '../support/picky-kinesis.js';
import { userRecordsIn } from '../support/user-records.js';

const record = (key: string, n: number) => ({ partitionKey: key, data: Buffer.from(String(n)) as Uint8Array });

describe('Kinesis that refuses single records of a request', () => {
  let own: OwnEndpoint;
  let picky: PickyKinesis;
  let clients: KinesisClients;
  let sink: KinesisStreamSink;

  beforeAll(async () => {
    own = await openOwnEndpoint({ transitionMs: 5 });
    picky = await pickyKinesis(own.client);
    clients = new KinesisClients(async () => ({ url: picky.url, region: REGION, ...IDENTITY }), {
      requestTimeoutMs: 10_000,
    });
    // Nobody has to wait for what is refused on purpose.
    const clock = Object.assign(new SystemClock(), { sleep: async () => undefined });
    sink = new KinesisStreamSink(clients, clock, { maxPutBytes: 5_242_880, aggregate: true });
  });
  beforeEach(() => {
    picky.requests.length = 0;
  });
  afterAll(async () => {
    clients.close();
    await picky.close();
    await own.close();
  });

  it('has all records of a key in their order, each of them once', async () => {
    const random = seededRandom(1);
    picky.refuse = () => random() < 0.3;
    const stream = await newStream(own.client, 2);
    const records = Array.from({ length: 600 }, (_, n) => record(`k${n % 40}`, n));
    expect(await sink.publish(stream, records)).toBe(600);
    const stored = (await storedIn(own.client, stream)).flat();
    expect(stored).toHaveLength(600);
    for (let key = 0; key < 40; key += 1) {
      const numbers = stored.filter(({ partitionKey }) => partitionKey === `k${key}`).map(({ text }) => Number(text));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  it('has packed records of a key in their order too, in far fewer requests', async () => {
    const random = seededRandom(2);
    picky.refuse = () => random() < 0.3;
    const stream = await newStream(own.client, 2);
    const records = Array.from({ length: 2000 }, (_, n) => ({ ...record(`k${n % 40}`, n), isPackable: n % 100 !== 0 }));
    expect(await sink.publish(stream, records)).toBe(2000);
    const stored = (await userRecordsIn(own.client, stream)).map(({ partitionKey, data }) => ({
      partitionKey,
      text: data.toString(),
    }));
    expect(stored.map(({ text }) => Number(text)).toSorted((a, b) => a - b)).toEqual(records.map((_, n) => n));
    for (let key = 0; key < 40; key += 1) {
      const numbers = stored.filter(({ partitionKey }) => partitionKey === `k${key}`).map(({ text }) => Number(text));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    expect(picky.requests.length).toBeLessThan(200);
  });

  it('is never asked for two records of one key at once, and for as many others as there are', async () => {
    picky.refuse = () => false;
    const stream = await newStream(own.client);
    const keys = ['a', 'a', 'b', 'c', 'b', 'a', 'd'];
    await sink.publish(
      stream,
      keys.map((key, n) => record(key, n)),
    );
    expect(picky.requests).toEqual([['a', 'b', 'c', 'd'], ['a', 'b'], ['a']]);
  });

  it('tells which records were given up: the one refused for good, and none that was stored', async () => {
    picky.refuse = (_, data) => data === '3';
    const stream = await newStream(own.client);
    const records = Array.from({ length: 9 }, (_, n) => record(`k${n % 3}`, n));
    const failure = await sink.publish(stream, records).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RecordsGivenUp);
    expect(failure).toMatchObject({ code: 'stream.throttled' });
    const { unpublished } = failure as RecordsGivenUp;
    const stored = (await storedIn(own.client, stream)).flat().map(({ text }) => Number(text));
    expect(unpublished).toEqual(records.map((_, n) => n).filter((n) => !stored.includes(n)));
    expect(unpublished).toContain(3);
    expect(stored).not.toContain(6);
    expect(stored).toEqual(expect.arrayContaining([0, 1, 2]));
  });

  it('tells that no record was taken where the stream is unknown', async () => {
    const nowhere = await sink.publish('nowhere', [record('a', 1), record('a', 2)]).catch((error: unknown) => error);
    expect(nowhere).toMatchObject({ unpublished: [0, 1] });
  });
});
