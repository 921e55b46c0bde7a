import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResult } from 'pg';
import type { EngineEndpoint, EngineName } from '../../src/infrastructure/embedded/engines.js';
import { configureFunctions } from '../../src/infrastructure/lambda/configure-functions.js';
import { kinesisClient } from './kinesis-client.js';
import { s3Client } from './s3-client.js';
import { secretsClient } from './secrets-client.js';

/** The workflows that come with the service. */
const FUNCTIONS = join(import.meta.dirname, '..', '..', 'workflows');

interface Mark {
  readonly leave: (endpoint: EngineEndpoint) => Promise<unknown>;
  /** What was left. */
  readonly find: (endpoint: EngineEndpoint) => Promise<unknown>;
}

/** Something written to an engine, answered by it, and to be found again after whatever happens to it. */
export const MARKS: Readonly<Record<EngineName, Mark>> = {
  postgres: {
    leave: (endpoint) => sql(endpoint, "CREATE TABLE mark AS SELECT 'left' AS text"),
    find: async (endpoint) => (await sql(endpoint, 'SELECT text FROM mark')).rows[0]?.text,
  },
  clickhouse: {
    leave: async (endpoint) => {
      await clickhouse(endpoint, 'CREATE TABLE mark (text String) ENGINE = MergeTree ORDER BY text');
      await clickhouse(endpoint, "INSERT INTO mark VALUES ('left')");
    },
    find: (endpoint) => clickhouse(endpoint, 'SELECT text FROM mark'),
  },
  kinesis: {
    leave: (endpoint) => kinesis(endpoint).send(new CreateStreamCommand({ StreamName: 'left', ShardCount: 1 })),
    find: async (endpoint) => (await kinesis(endpoint).send(new ListStreamsCommand())).StreamNames?.[0],
  },
  dynamodb: {
    leave: async (endpoint) => {
      const client = dynamodb(endpoint);
      await client.send(
        new CreateTableCommand({
          TableName: 'mark',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TableName: 'mark' });
      await client.send(new PutItemCommand({ TableName: 'mark', Item: { id: { S: 'left' } } }));
    },
    find: async (endpoint) => {
      const Key = { id: { S: 'left' } };
      const { Item } = await dynamodb(endpoint).send(new GetItemCommand({ TableName: 'mark', Key }));
      return Item?.['id']?.S;
    },
  },
  s3: {
    leave: (endpoint) => s3(endpoint).send(new PutObjectCommand({ Bucket: 'penstock', Key: 'mark', Body: 'left' })),
    find: async (endpoint) => {
      const { Body } = await s3(endpoint).send(new GetObjectCommand({ Bucket: 'penstock', Key: 'mark' }));
      return Body?.transformToString();
    },
  },
  lambda: {
    leave: (endpoint) => configureFunctions(lambda(endpoint), { directory: FUNCTIONS, environment: {} }),
    find: async (endpoint) => {
      const { Functions = [] } = await lambda(endpoint).send(new ListFunctionsCommand());
      return Functions.some(({ FunctionName }) => FunctionName === 'orchestrator') ? 'left' : undefined;
    },
  },
  secrets: {
    leave: (endpoint) => secretsClient(endpoint).send(new CreateSecretCommand({ Name: 'mark', SecretString: 'left' })),
    find: async (endpoint) =>
      (await secretsClient(endpoint).send(new GetSecretValueCommand({ SecretId: 'mark' }))).SecretString,
  },
};

/** Asks as a client does that lost its connection: until it is answered, or the test's own limit ends the asking. */
export async function foundMark(name: EngineName, endpoint: EngineEndpoint): Promise<unknown> {
  for (;;) {
    try {
      return await MARKS[name].find(endpoint);
    } catch {
      await sleep(50);
    }
  }
}

async function sql({ url }: EngineEndpoint, text: string): Promise<QueryResult<{ text: string }>> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined); // the server may be killed at any moment
  await client.connect();
  try {
    return await client.query<{ text: string }>(text);
  } finally {
    await client.end();
  }
}

async function clickhouse({ url, user = '', password = '' }: EngineEndpoint, body: string): Promise<string> {
  const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': password };
  const response = await fetch(url, { method: 'POST', body, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text.trim();
}

function keys({ accessKeyId = '', secretAccessKey = '' }: EngineEndpoint) {
  return { accessKeyId, secretAccessKey };
}

function s3(endpoint: EngineEndpoint) {
  return s3Client(endpoint.url, keys(endpoint));
}

function kinesis(endpoint: EngineEndpoint) {
  return kinesisClient(endpoint.url, keys(endpoint));
}

export function dynamodb(endpoint: EngineEndpoint): DynamoDBClient {
  const { url, region = '' } = endpoint;
  return new DynamoDBClient({ endpoint: url, region, credentials: keys(endpoint), maxAttempts: 1 });
}

function lambda(endpoint: EngineEndpoint): LambdaClient {
  const { url, region = '' } = endpoint;
  return new LambdaClient({ endpoint: url, region, credentials: keys(endpoint), maxAttempts: 1 });
}
