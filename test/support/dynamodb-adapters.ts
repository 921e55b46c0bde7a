import { DynamodbConnection } from '../../src/infrastructure/dynamodb/dynamodb-connection.js';
import { DynamodbTables } from '../../src/infrastructure/dynamodb/dynamodb-tables.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';

/** What DynamoDB's adapters stand on, as a process of its own would have it. */
export function dynamodbAt(
  endpoint: EngineEndpoint,
  maxAttempts = 4,
): { tables: DynamodbTables; connection: DynamodbConnection } {
  const connection = new DynamodbConnection(async () => endpoint, { requestTimeoutMs: 10_000, maxAttempts });
  return { connection, tables: new DynamodbTables(connection) };
}
