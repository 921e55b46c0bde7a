import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DynamodbShardLeases } from '../../src/infrastructure/dynamodb/dynamodb-shard-leases.js';
import { dynamodbAt, openShardLeases } from '../support/dynamodb-adapters.js';
import { engineOf, freshName } from '../support/engine-of.js';
import { shardLeasesContract } from './shard-leases.contract.js';

shardLeasesContract('DynamoDB (embedded)', async () => openShardLeases(await engineOf('dynamodb')));

describe('The items of leases', () => {
  it('have the columns and words of the Kinesis Client Library', async () => {
    const { tables, connection } = dynamodbAt(await engineOf('dynamodb'));
    const table = freshName('leases');
    const leases = new DynamodbShardLeases(tables, table);
    const item = async () => {
      const Key = { leaseGroup: { S: 'c' }, leaseKey: { S: 's' } };
      return (await (await connection.client()).send(new GetItemCommand({ TableName: table, Key }))).Item;
    };
    await leases.create({ connectorId: 'c', shardId: 's', parentShardIds: ['p'] });
    expect(await item()).toMatchObject({
      checkpoint: { S: 'TRIM_HORIZON' },
      checkpointSubSequenceNumber: { N: '0' },
      leaseCounter: { N: '0' },
      ownerSwitchesSinceCheckpoint: { N: '0' },
      parentShardId: { SS: ['p'] },
    });
    const held = await leases.take((await leases.list('c'))[0]!, 'worker');
    expect(await item()).toMatchObject({ leaseOwner: { S: 'worker' }, ownerSwitchesSinceCheckpoint: { N: '1' } });
    await leases.write(held!, { checkpoint: 'SHARD_END' });
    expect(await item()).toMatchObject({ checkpoint: { S: 'SHARD_END' }, ownerSwitchesSinceCheckpoint: { N: '0' } });
    await connection.close();
  });

  it('are made in one table by processes that start side by side', async () => {
    const endpoint = await engineOf('dynamodb');
    const table = freshName('leases');
    const processes = Array.from({ length: 5 }, () => dynamodbAt(endpoint));
    await Promise.all(
      processes.map(({ tables }, index) =>
        new DynamodbShardLeases(tables, table).create({
          connectorId: 'c',
          shardId: `shard-${index}`,
          parentShardIds: [],
        }),
      ),
    );
    expect(await new DynamodbShardLeases(processes[0]!.tables, table).list('c')).toHaveLength(5);
    await Promise.all(processes.map(({ connection }) => connection.close()));
  });
});
