import { describe, expect, it } from 'vitest';
import { CopyBatch } from '../../../../src/application/stream-onboarding/copier/copy-batch.js';
import { JsonFramer } from '../../../../src/application/stream-onboarding/copier/json-framer.js';
import type { Connector } from '../../../../src/domain/stream-onboarding/connector.js';

const connector: Connector = {
  id: 'c1',
  streamName: 'clicks',
  streamArn: 'arn',
  target: { database: 'default', table: 'clicks' },
  columns: [
    { name: 'name', type: 'String' },
    { name: 'count', type: 'Int32' },
  ],
  orderBy: ['name'],
  startFrom: 'TRIM_HORIZON',
  onNewField: 'evolve',
  state: 'running',
  createdAtMs: 1,
  revision: 1,
};

const record = (text: string) => ({
  sequenceNumber: '1',
  subSequenceNumber: 0,
  partitionKey: 'k',
  arrivedAtMs: 1,
  data: Buffer.from(text),
});

describe('the records of a shard', () => {
  it('are nothing but their places where they are tombstones', () => {
    const batch = new CopyBatch(0);
    const framer = new JsonFramer(connector, 'partition-0');
    framer.add({ ...record(''), isTombstone: true }, batch);
    framer.add({ ...record('{"name":"a"}'), sequenceNumber: '2' }, batch);
    expect([batch.rows.length, batch.letters.length]).toEqual([1, 0]);
    expect(batch.range()).toEqual({ first: '1', last: '2', records: 2 });
  });

  it('become rows as they are, and dead letters where they are no objects', () => {
    const framer = new JsonFramer(connector, 'shardId-0');
    const batch = new CopyBatch(0);
    framer.add(record('{"name":"a","count":1}'), batch);
    framer.add(record('["name"]'), batch);
    framer.add({ ...record(''), data: Uint8Array.of(0x7b, 0xff, 0x7d) }, batch);
    expect(batch.rows.map(({ line }) => Buffer.from(line).toString())).toEqual(['{"name":"a","count":1}']);
    expect(batch.letters).toMatchObject([
      { connectorId: 'c1', shardId: 'shardId-0', code: 'record.not-json' },
      { connectorId: 'c1', shardId: 'shardId-0', code: 'record.not-utf8' },
    ]);
  });

  it('keep their headers as dead letters, so that a replay finds their schema', () => {
    const batch = new CopyBatch(0);
    const headers = new Map([['__value_schema_id', Uint8Array.of(1, 2)]]);
    new JsonFramer(connector, 'partition-0').add({ ...record('no JSON'), headers }, batch);
    expect(batch.letters).toMatchObject([{ code: 'record.not-json', headers }]);
  });
});
