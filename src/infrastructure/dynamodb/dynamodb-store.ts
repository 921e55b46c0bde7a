import type {
  CreateTableCommandInput,
  DeleteItemCommandInput,
  DynamoDBClient,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  ScanCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { PenstockError } from '../../domain/errors.js';
import type { AwsAddress } from '../config/aws-target.js';
import type { Item } from './item.js';

export interface DynamodbStoreOptions {
  readonly timeoutMs: number;
}

export interface TableKeys {
  readonly hash: string;
  readonly range?: string;
}

const MAX_ATTEMPTS = 3;
const CREATE_LIMIT_SECONDS = 60;

type Sdk = typeof import('@aws-sdk/client-dynamodb');

/**
 * DynamoDB, reduced to what the adapters need: strongly consistent reads, conditional writes that answer whether their
 * condition held, tables that are made when they are first used. The SDK is loaded with the first request.
 */
export class DynamodbStore {
  private opened: Promise<{ sdk: Sdk; client: DynamoDBClient }> | undefined;
  private readonly tables = new Map<string, Promise<void>>();

  constructor(
    private readonly address: AwsAddress,
    private readonly options: DynamodbStoreOptions,
  ) {}

  async get(input: GetItemCommandInput): Promise<Item | undefined> {
    const { Item } = await this.run((sdk, client) =>
      client.send(new sdk.GetItemCommand({ ...input, ConsistentRead: true })),
    );
    return Item;
  }

  /** All items of the query, page by page. */
  async query(input: QueryCommandInput): Promise<Item[]> {
    return this.pages((sdk, client, ExclusiveStartKey) =>
      client.send(new sdk.QueryCommand({ ...input, ConsistentRead: true, ExclusiveStartKey })),
    );
  }

  async scan(input: ScanCommandInput): Promise<Item[]> {
    return this.pages((sdk, client, ExclusiveStartKey) =>
      client.send(new sdk.ScanCommand({ ...input, ConsistentRead: true, ExclusiveStartKey })),
    );
  }

  /** @returns whether the condition held; without one, true */
  async put(input: PutItemCommandInput): Promise<boolean> {
    return (await this.conditional((sdk, client) => client.send(new sdk.PutItemCommand(input)))) !== undefined;
  }

  /** @returns the item as it is after the update, or undefined when the condition did not hold */
  async update(input: UpdateItemCommandInput): Promise<Item | undefined> {
    const output = await this.conditional((sdk, client) =>
      client.send(new sdk.UpdateItemCommand({ ...input, ReturnValues: 'ALL_NEW' })),
    );
    return output?.Attributes;
  }

  async delete(input: DeleteItemCommandInput): Promise<void> {
    await this.conditional((sdk, client) => client.send(new sdk.DeleteItemCommand(input)));
  }

  /** Makes the table unless it is there, and waits until it can be used; several processes may do so at once. */
  ensureTable(name: string, keys: TableKeys): Promise<void> {
    const known = this.tables.get(name);
    if (known !== undefined) return known;
    const making = this.run((sdk, client) => makeTable(sdk, client, tableInput(name, keys)));
    this.tables.set(name, making);
    making.catch(() => this.tables.delete(name));
    return making;
  }

  /** Whether DynamoDB answers. @throws PenstockError `store.unreachable` */
  async check(abortSignal: AbortSignal): Promise<void> {
    await this.run((sdk, client) => client.send(new sdk.ListTablesCommand({ Limit: 1 }), { abortSignal }));
  }

  async close(): Promise<void> {
    const opened = await this.opened?.catch(() => undefined);
    opened?.client.destroy();
  }

  private async pages(
    page: (
      sdk: Sdk,
      client: DynamoDBClient,
      from: Item | undefined,
    ) => Promise<{
      Items?: Item[] | undefined;
      LastEvaluatedKey?: Item | undefined;
    }>,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let from: Item | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.run((sdk, client) => page(sdk, client, from));
      items.push(...Items);
      from = LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }

  /** @returns undefined when the condition did not hold */
  private async conditional<T>(send: (sdk: Sdk, client: DynamoDBClient) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.run(send);
    } catch (cause) {
      if (cause instanceof PenstockError && nameOf(cause.cause) === 'ConditionalCheckFailedException') return undefined;
      throw cause;
    }
  }

  private async run<T>(send: (sdk: Sdk, client: DynamoDBClient) => Promise<T>): Promise<T> {
    try {
      const { sdk, client } = await this.open();
      return await send(sdk, client);
    } catch (cause) {
      // A table that was removed under us is made again at the next use.
      if (nameOf(cause) === 'ResourceNotFoundException') this.tables.clear();
      if (cause instanceof PenstockError) throw cause;
      throw new PenstockError('store.unreachable', `DynamoDB did not answer as it should (${nameOf(cause)}).`, {
        cause,
      });
    }
  }

  private open(): Promise<{ sdk: Sdk; client: DynamoDBClient }> {
    if (this.opened === undefined) {
      const opening = this.connect();
      opening.catch(() => (this.opened = undefined));
      this.opened = opening;
    }
    return this.opened;
  }

  private async connect(): Promise<{ sdk: Sdk; client: DynamoDBClient }> {
    const [target, sdk, { NodeHttpHandler }] = await Promise.all([
      this.address(),
      import('@aws-sdk/client-dynamodb'),
      import('@smithy/node-http-handler'),
    ]);
    const { timeoutMs } = this.options;
    const requestHandler = new NodeHttpHandler({
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
    });
    return { sdk, client: new sdk.DynamoDBClient({ ...target, requestHandler, maxAttempts: MAX_ATTEMPTS }) };
  }
}

function tableInput(TableName: string, { hash, range }: TableKeys): CreateTableCommandInput {
  const keys = [hash, ...(range === undefined ? [] : [range])];
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
  };
}

async function makeTable(sdk: Sdk, client: DynamoDBClient, input: CreateTableCommandInput): Promise<void> {
  try {
    await client.send(new sdk.DescribeTableCommand({ TableName: input.TableName }));
  } catch (cause) {
    if (nameOf(cause) !== 'ResourceNotFoundException') throw cause;
    await client.send(new sdk.CreateTableCommand(input)).catch((failure: unknown) => {
      if (nameOf(failure) !== 'ResourceInUseException') throw failure; // somebody else makes it
    });
  }
  const wait = { client, maxWaitTime: CREATE_LIMIT_SECONDS, minDelay: 0.1, maxDelay: 2 };
  await sdk.waitUntilTableExists(wait, { TableName: input.TableName });
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : 'unknown';
}
