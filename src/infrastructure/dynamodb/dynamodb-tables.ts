import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pRetry from 'p-retry';
import type { DynamodbConnection } from './dynamodb-connection.js';
import { isNamed, translateFailure } from './dynamodb-errors.js';

export interface TableKeys {
  readonly table: string;
  readonly hash: string;
  readonly range?: string;
}

/** New tables of AWS take some seconds. */
const ACTIVE_POLL_MS = 100;
const LONGEST_POLL_MS = 1000;
const MAX_ACTIVE_POLLS = 90;

/** The tables of the service, made on first use; several processes may do so at once. */
export class DynamodbTables {
  private readonly ready = new Map<string, Promise<void>>();

  constructor(private readonly connection: DynamodbConnection) {}

  /**
   * Runs requests on a table that is there.
   *
   * @param what for the words of a failure
   * @throws PenstockError `store.unreachable`; errors of the requests themselves pass as they are
   */
  async use<T>(keys: TableKeys, what: string, work: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    try {
      const client = await this.connection.client();
      await this.ensure(client, keys);
      return await work(client);
    } catch (cause) {
      // Dropped under us, or another engine behind the same address: it is made anew.
      if (isNamed(cause, 'ResourceNotFoundException')) this.ready.delete(keys.table);
      throw translateFailure(cause, what);
    }
  }

  private ensure(client: DynamoDBClient, keys: TableKeys): Promise<void> {
    const known = this.ready.get(keys.table);
    if (known) return known;
    const made = this.make(client, keys);
    this.ready.set(keys.table, made);
    made.catch(() => this.ready.delete(keys.table));
    return made;
  }

  private async make(client: DynamoDBClient, keys: TableKeys): Promise<void> {
    if ((await this.status(client, keys.table)) === undefined) await this.create(client, keys);
    await pRetry(
      async () => {
        if ((await this.status(client, keys.table)) !== 'ACTIVE') throw new NotActive(keys.table);
      },
      {
        retries: MAX_ACTIVE_POLLS,
        minTimeout: ACTIVE_POLL_MS,
        maxTimeout: LONGEST_POLL_MS,
        shouldRetry: ({ error }) => error instanceof NotActive,
      },
    );
  }

  private async create(client: DynamoDBClient, { table, hash, range }: TableKeys): Promise<void> {
    const { CreateTableCommand } = await import('@aws-sdk/client-dynamodb');
    const names = range === undefined ? [hash] : [hash, range];
    const command = new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: names.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      KeySchema: names.map((name, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    });
    await client.send(command).catch((cause: unknown) => {
      // Another process was faster.
      if (!isNamed(cause, 'ResourceInUseException')) throw cause;
    });
  }

  private async status(client: DynamoDBClient, table: string): Promise<string | undefined> {
    const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
    try {
      return (await client.send(new DescribeTableCommand({ TableName: table }))).Table?.TableStatus;
    } catch (cause) {
      if (isNamed(cause, 'ResourceNotFoundException')) return undefined;
      throw cause;
    }
  }
}

class NotActive extends Error {
  override readonly name = 'TimeoutError'; // so it counts as a store that does not answer
  constructor(table: string) {
    super(`Table ${table} does not become active.`);
  }
}
