import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deaggregateRecord } from '../../../../src/domain/stream-onboarding/kpl-aggregate.js';
import type { StreamRecord } from '../../../../src/domain/stream-onboarding/stream-record.js';

interface UserRecord {
  partitionKey: string;
  explicitHashKey?: string;
  data: Buffer;
}
type Encoded = { partitionKey: string; data: Buffer };
const { RecordAggregator } = createRequire(import.meta.url)('aws-kinesis-agg') as {
  RecordAggregator: new () => { addUserRecord(record: UserRecord): void; build(): Encoded };
};

const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);

function streamRecord(data: Uint8Array): StreamRecord {
  return { sequenceNumber: '4961', subSequenceNumber: 0, partitionKey: 'outer', data, arrivedAtMs: 7 };
}

function sealed(message: Buffer): StreamRecord {
  return streamRecord(Buffer.concat([MAGIC, message, createHash('md5').update(message).digest()]));
}

function aggregated(records: readonly UserRecord[]): StreamRecord {
  const aggregator = new RecordAggregator();
  for (const record of records) aggregator.addUserRecord(record);
  return streamRecord(aggregator.build().data);
}

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const text = (record: StreamRecord): string => Buffer.from(record.data).toString();

describe('deaggregateRecord', () => {
  it('opens what another implementation of the format has packed', () => {
    const userRecord = fc.record(
      {
        // The other implementation keeps its keys in an object, which moves number-like ones to the front.
        partitionKey: fc.string({ minLength: 1, unit: 'grapheme' }).map((key) => `k${key}`),
        explicitHashKey: fc.bigInt(0n, 2n ** 128n - 1n).map((key) => `0${key}`),
        data: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((data) => Buffer.from(data)),
      },
      { requiredKeys: ['partitionKey', 'data'] },
    );
    fc.assert(
      fc.property(fc.array(userRecord, { minLength: 1, maxLength: 20 }), (records) => {
        const events = deaggregateRecord(aggregated(records));
        expect(events.map(({ partitionKey, data }) => [partitionKey, Buffer.from(data)])).toEqual(
          records.map(({ partitionKey, data }) => [partitionKey, data]),
        );
        expect(events.map(({ subSequenceNumber }) => subSequenceNumber)).toEqual([...records.keys()]);
        expect(events.every(({ sequenceNumber, arrivedAtMs }) => sequenceNumber === '4961' && arrivedAtMs === 7)).toBe(
          true,
        );
      }),
    );
  });

  it('reads a message byte by byte as the format says, unknown fields included', () => {
    const message = Buffer.concat([
      bytes(0x0a, 1, 0x61), // partition key table: "a"
      bytes(0x12, 1, 0x35), // explicit hash key table: "5"
      bytes(0x1a, 7, 0x08, 0, 0x10, 0, 0x1a, 1, 0x78), // record: key 0, hash key 0, data "x"
      bytes(0x50, 0x96, 0x01), // unknown number
      bytes(0x5d, 1, 2, 3, 4), // unknown fixed32
      bytes(0x61, 1, 2, 3, 4, 5, 6, 7, 8), // unknown fixed64
      bytes(0x0a, 2, 0xc3, 0xa9), // partition key table: "é", behind the first record
      bytes(0x1a, 9, 0x08, 1, 0x1a, 1, 0x79, 0x22, 2, 0x0a, 0), // record: key 1, data "y", a tag
    ]);
    const events = deaggregateRecord(sealed(message));
    expect(events.map((event) => [event.partitionKey, event.subSequenceNumber, text(event)])).toEqual([
      ['a', 0, 'x'],
      ['é', 1, 'y'],
    ]);
  });

  it('leaves a plain record as it is', () => {
    const plain = streamRecord(Buffer.from('{"a":1}'));
    expect(deaggregateRecord(plain)).toEqual([plain]);
    expect(deaggregateRecord(plain)[0]).toBe(plain);
  });

  it('leaves a record alone whose digest is wrong in any bit', () => {
    const good = aggregated([{ partitionKey: 'k', data: Buffer.from('event') }]);
    for (let index = 0; index < good.data.length * 8; index++) {
      const data = Uint8Array.from(good.data);
      data[index >> 3]! ^= 1 << (index & 7);
      const damaged = streamRecord(data);
      expect(deaggregateRecord(damaged)).toEqual([damaged]);
    }
  });

  it.each([
    ['an index outside the table', bytes(0x0a, 1, 0x61, 0x1a, 5, 0x08, 1, 0x1a, 1, 0x78)],
    ['a hash key index outside the table', bytes(0x0a, 1, 0x61, 0x1a, 7, 0x08, 0, 0x10, 0, 0x1a, 1, 0x78)],
    ['no data', bytes(0x0a, 1, 0x61, 0x1a, 2, 0x08, 0)],
    ['no partition key', bytes(0x0a, 1, 0x61, 0x1a, 3, 0x1a, 1, 0x78)],
    ['a length beyond the end', bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ['an endless number', Buffer.alloc(40, 0xff)],
    ['a group', bytes(0x0b, 0x0c)],
    ['a field 0', bytes(0x00, 0x00)],
    ['a number in place of a record', bytes(0x18, 1)],
  ])('leaves a record alone that has a right digest but %s', (_, message) => {
    const hostile = sealed(message);
    expect(deaggregateRecord(hostile)).toEqual([hostile]);
  });

  it('survives any bytes behind the magic number, digest right or wrong', () => {
    const hostile = fc.uint8Array({ maxLength: 400 }).map((message) => Buffer.from(message));
    fc.assert(
      fc.property(hostile, fc.boolean(), (message, right) => {
        const record = right ? sealed(message) : streamRecord(Buffer.concat([MAGIC, message]));
        const events = deaggregateRecord(record);
        const inside = events.reduce((sum, { data }) => sum + data.length, 0);
        expect(inside).toBeLessThanOrEqual(record.data.length);
        expect(right ? [record] : events).toEqual([record]);
      }),
    );
  });

  it('survives every truncation of a real aggregate, also one sealed again', () => {
    const { data } = aggregated([1, 2, 3].map((n) => ({ partitionKey: `k${n}`, data: Buffer.from(`event ${n}`) })));
    for (let length = 0; length < data.length; length++) {
      const cut = streamRecord(data.subarray(0, length));
      expect(deaggregateRecord(cut)).toEqual([cut]);
      const message = Buffer.from(data.subarray(4, 4 + Math.min(length, data.length - 20)));
      for (const event of deaggregateRecord(sealed(message)))
        expect(event.data.length).toBeLessThanOrEqual(length + 20);
    }
  });

  it('refuses an aggregate of more events than any producer packs', () => {
    const record = bytes(0x1a, 4, 0x08, 0, 0x1a, 0);
    const message = Buffer.concat([bytes(0x0a, 1, 0x61), ...Array.from({ length: 200_001 }, () => record)]);
    const hostile = sealed(message);
    expect(deaggregateRecord(hostile)).toEqual([hostile]);
  });

  it("leaves out events of another shard's keys, and keeps the numbers of the others", () => {
    const low = { partitionKey: 'a', explicitHashKey: '5', data: Buffer.from('low') };
    const high = { partitionKey: 'a', explicitHashKey: '500', data: Buffer.from('high') };
    const events = deaggregateRecord(aggregated([low, high, low]), { first: 0n, last: 99n });
    expect(events.map((event) => [event.subSequenceNumber, text(event)])).toEqual([
      [0, 'low'],
      [2, 'low'],
    ]);
  });

  it('takes the MD5 of the partition key where the producer gave no hash key', () => {
    const key = BigInt(`0x${createHash('md5').update('user-1').digest('hex')}`);
    const record = aggregated([{ partitionKey: 'user-1', data: Buffer.from('x') }]);
    expect(deaggregateRecord(record, { first: key, last: key })).toHaveLength(1);
    expect(deaggregateRecord(record, { first: key + 1n, last: 2n ** 128n - 1n })).toHaveLength(0);
  });
});
