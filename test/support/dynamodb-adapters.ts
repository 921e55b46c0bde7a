import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { fromJson } from '../../src/domain/workflow-gateway/attribute-value.js';
import { DynamodbRunLog } from '../../src/infrastructure/dynamodb/dynamodb-run-log.js';
import type { RunLogHarness } from '../contracts/run-log.contract.js';
import { DynamodbConnection } from '../../src/infrastructure/dynamodb/dynamodb-connection.js';
import { DynamodbConnectors } from '../../src/infrastructure/dynamodb/dynamodb-connectors.js';
import { DynamodbShardLeases } from '../../src/infrastructure/dynamodb/dynamodb-shard-leases.js';
import { DynamodbTables } from '../../src/infrastructure/dynamodb/dynamodb-tables.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import type { ConnectorsHarness } from '../contracts/connectors.contract.js';
import type { ShardLeasesHarness } from '../contracts/shard-leases.contract.js';
import { freshName, NOBODY } from './engine-of.js';

/** What DynamoDB's adapters stand on, as a process of its own would have it. */
export function dynamodbAt(
  endpoint: EngineEndpoint,
  maxAttempts = 4,
): { tables: DynamodbTables; connection: DynamodbConnection } {
  const connection = new DynamodbConnection(async () => endpoint, { requestTimeoutMs: 10_000, maxAttempts });
  return { connection, tables: new DynamodbTables(connection) };
}

/** Leases in a table of their own, for their contract. */
export function openShardLeases(endpoint: EngineEndpoint): ShardLeasesHarness {
  const table = freshName('leases');
  const [one, other, nobody] = [dynamodbAt(endpoint), dynamodbAt(endpoint), dynamodbAt(NOBODY, 1)];
  return {
    leases: new DynamodbShardLeases(one.tables, table),
    others: new DynamodbShardLeases(other.tables, table),
    unreachable: new DynamodbShardLeases(nobody.tables, table),
    close: async () => {
      await Promise.all([one, other, nobody].map(({ connection }) => connection.close()));
    },
  };
}

/** Connectors in tables of their own, for their contract. */
export async function openConnectors(endpoint: EngineEndpoint): Promise<ConnectorsHarness> {
  const names = { connectorsTable: freshName('connectors'), streamTableMap: freshName('map') };
  const [one, other, nobody] = [dynamodbAt(endpoint), dynamodbAt(endpoint), dynamodbAt(NOBODY, 1)];
  const connectors = new DynamodbConnectors(one.tables, names);
  await connectors.list();
  return {
    connectors,
    others: new DynamodbConnectors(other.tables, names),
    unreachable: new DynamodbConnectors(nobody.tables, names),
    mapped: (streamArn) => mappedTables(one.connection, names.streamTableMap, streamArn),
    close: async () => {
      await Promise.all([one, other, nobody].map(({ connection }) => connection.close()));
    },
  };
}

async function mappedTables(connection: DynamodbConnection, map: string, streamArn: string): Promise<string[]> {
  const command = new QueryCommand({
    TableName: map,
    ConsistentRead: true,
    KeyConditionExpression: 'stream_id = :stream',
    ExpressionAttributeValues: { ':stream': { S: streamArn } },
  });
  const answer = await (await connection.client()).send(command).catch((error: Error) => {
    if (error.name === 'ResourceNotFoundException') return { Items: [] }; // made with its first pair
    throw error;
  });
  return (answer.Items ?? []).flatMap(({ table_id }) => table_id?.S ?? []);
}

/** A run log in a table of its own, for its contract. */
export function openRunLog(endpoint: EngineEndpoint): RunLogHarness {
  const [one, nobody] = [dynamodbAt(endpoint), dynamodbAt(NOBODY, 1)];
  return {
    log: new DynamodbRunLog(one.tables, freshName('run_log')),
    unreachable: new DynamodbRunLog(nobody.tables, freshName('run_log')),
    older: async (entries) => {
      const table = freshName('older_log');
      // As the original made it: no sort key, and every entry in one list.
      await one.tables.use({ table, hash: 'run_id' }, 'the older log', async (client) => {
        const Item = { run_id: { S: 'old' }, logs: fromJson(entries) as AttributeValue };
        await client.send(new PutItemCommand({ TableName: table, Item }));
      });
      return new DynamodbRunLog(one.tables, table);
    },
    close: async () => {
      await Promise.all([one, nobody].map(({ connection }) => connection.close()));
    },
  };
}
