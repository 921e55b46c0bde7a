import { describe, expect, it } from 'vitest';
import { CopyBatch } from '../../../../src/application/stream-onboarding/copier/copy-batch.js';
import { RecordFramer } from '../../../../src/application/stream-onboarding/copier/record-framer.js';
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
  it('become dead letters, by column, where the table would keep another value', () => {
    const framer = new RecordFramer(connector, 'shardId-0');
    const batch = new CopyBatch(0);
    framer.add(record('{"name":"4000000000","count":1}'), batch);
    framer.add(record('{"name":"a","count":4000000000}'), batch);
    expect(batch.rows.map(({ line }) => Buffer.from(line).toString())).toEqual(['{"name":"4000000000","count":1}']);
    expect(batch.letters).toMatchObject([
      {
        connectorId: 'c1',
        shardId: 'shardId-0',
        code: 'record.wrong-type',
        column: 'count',
        reason: 'An integer outside the range of Int32.',
      },
    ]);
  });
});
