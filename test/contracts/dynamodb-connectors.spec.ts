import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { DynamodbConnectors } from '../../src/infrastructure/dynamodb/dynamodb-connectors.js';
import { dynamodbAt } from '../support/dynamodb-adapters.js';
import { engineOf, freshName, NOBODY } from '../support/engine-of.js';
import { connectorsContract } from './connectors.contract.js';

connectorsContract('DynamoDB (embedded)', async () => {
  const endpoint = await engineOf('dynamodb');
  const names = { connectorsTable: freshName('connectors'), streamTableMap: freshName('map') };
  const [one, other, nobody] = [dynamodbAt(endpoint), dynamodbAt(endpoint), dynamodbAt(NOBODY, 1)];
  const connectors = new DynamodbConnectors(one.tables, names);
  await connectors.list();
  return {
    connectors,
    others: new DynamodbConnectors(other.tables, names),
    unreachable: new DynamodbConnectors(nobody.tables, names),
    mapped: async (streamArn) => {
      const command = new QueryCommand({
        TableName: names.streamTableMap,
        ConsistentRead: true,
        KeyConditionExpression: 'stream_id = :stream',
        ExpressionAttributeValues: { ':stream': { S: streamArn } },
      });
      const answer = await (await one.connection.client()).send(command).catch((error: Error) => {
        if (error.name === 'ResourceNotFoundException') return { Items: [] }; // made with its first pair
        throw error;
      });
      return (answer.Items ?? []).flatMap(({ table_id }) => table_id?.S ?? []);
    },
    close: async () => {
      await Promise.all([one, other, nobody].map(({ connection }) => connection.close()));
    },
  };
});
