import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getRecords } from '../../../../src/infrastructure/kinesis/get-records.js';
import { kinesisClient } from '../../../support/kinesis-client.js';

const JSON_TYPE = 'application/x-amz-json-1.1';

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

let server: Server;
let client: KinesisClient;
let answer: Answer;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? JSON_TYPE }).end(answer.body);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  client = kinesisClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

function ask(next: Answer) {
  answer = next;
  return getRecords(client, { ShardIterator: 'somewhere' }, new AbortController().signal);
}

const wire = (data: Buffer, more: object = {}) => ({
  SequenceNumber: '49000000000000000000000000000000000000000000000000000001',
  PartitionKey: 'clé',
  Data: data.toString('base64'),
  ApproximateArrivalTimestamp: 1_700_000_000.123,
  ...more,
});

it('gives every record its bytes, whatever they are and however many', async () => {
  const data = Array.from({ length: 300 }, (_, length) =>
    Buffer.from(Array.from({ length }, (__, at) => (at * 7) & 255)),
  );
  const body = JSON.stringify({
    Records: data.map((each) => wire(each)),
    NextShardIterator: 'on',
    MillisBehindLatest: 5,
  });
  const { records, next, behindMs } = await ask({ body });
  expect([next, behindMs]).toEqual(['on', 5]);
  expect(records.map((record) => Buffer.from(record.data))).toEqual(data);
  expect(records[7]).toMatchObject({
    sequenceNumber: '49000000000000000000000000000000000000000000000000000001',
    subSequenceNumber: 0,
    partitionKey: 'clé',
    arrivedAtMs: 1_700_000_000_123,
  });
});

it('has no next iterator behind the end of a shard, be it null or left out', async () => {
  const closed = { Records: [], MillisBehindLatest: 0, ChildShards: [] };
  for (const body of [{ ...closed, NextShardIterator: null }, closed]) {
    expect(await ask({ body: JSON.stringify(body) })).toEqual({ records: [], next: undefined, behindMs: 0 });
  }
});

it('understands an answer whose content type says more than its name', async () => {
  const body = JSON.stringify({ Records: [wire(Buffer.from('{}'))], MillisBehindLatest: 0 });
  const { records } = await ask({ type: `${JSON_TYPE}; charset=utf-8`, body });
  expect(Buffer.from(records[0]!.data).toString()).toBe('{}');
});

it('refuses a record whose data are no Base64 instead of storing something else', async () => {
  const body = JSON.stringify({ Records: [wire(Buffer.alloc(0), { Data: 'a%bc' })], MillisBehindLatest: 0 });
  await expect(ask({ body })).rejects.toThrow('Deserialization');
});

it('leaves errors to the SDK, under the names of AWS', async () => {
  const body = JSON.stringify({ __type: 'ExpiredIteratorException', message: 'too old' });
  await expect(ask({ status: 400, body })).rejects.toMatchObject({ name: 'ExpiredIteratorException' });
});
