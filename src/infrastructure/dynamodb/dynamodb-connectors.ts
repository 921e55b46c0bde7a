import { randomUUID } from 'node:crypto';
import { PenstockError } from '../../domain/errors.js';
import type { ConnectorChange, Connectors } from '../../domain/ports/connectors.port.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';
import { type Item, number, text } from './attributes.js';
import { changedAttributes, connectorItem, fromConnectorItem, WRITE_TOKEN } from './connector-item.js';
import { isConditionFailure } from './dynamodb-errors.js';
import type { DynamodbTables } from './dynamodb-tables.js';
import { StreamTableMap } from './stream-table-map.js';
import { updateExpression } from './update-expression.js';

export interface ConnectorTables {
  readonly connectorsTable: string;
  readonly streamTableMap: string;
}

const WHAT = 'connectors';

/** Connectors in DynamoDB. There are no transactions: the pair in the map is written first, and removed first. */
export class DynamodbConnectors implements Connectors {
  private readonly table: string;
  private readonly map: StreamTableMap;

  constructor(
    private readonly tables: DynamodbTables,
    { connectorsTable, streamTableMap }: ConnectorTables,
  ) {
    this.table = connectorsTable;
    this.map = new StreamTableMap(tables, streamTableMap);
  }

  async create(connector: Connector): Promise<void> {
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const token = randomUUID();
    const isCreated = await this.unlessConditionFails((client) =>
      client.send(
        new PutItemCommand({
          TableName: this.table,
          Item: { ...connectorItem(connector), [WRITE_TOKEN]: text(token) },
          ConditionExpression: 'attribute_not_exists(connectorId)',
        }),
      ),
    );
    if (isCreated || (await this.find(connector.id))?.[WRITE_TOKEN]?.S === token) return;
    throw new PenstockError('connector.exists', `There is a connector "${connector.id}" already.`);
  }

  async get(id: string): Promise<Connector> {
    const item = await this.find(id);
    if (item === undefined) throw unknown(id);
    return fromConnectorItem(item);
  }

  async list(): Promise<Connector[]> {
    const { paginateScan } = await import('@aws-sdk/client-dynamodb');
    return this.tables.use(this.keys, WHAT, async (client) => {
      const connectors: Connector[] = [];
      const pages = paginateScan({ client }, { TableName: this.table, ConsistentRead: true });
      for await (const { Items } of pages) connectors.push(...(Items ?? []).map(fromConnectorItem));
      return connectors.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
    });
  }

  async change(connector: Connector, change: ConnectorChange): Promise<Connector> {
    const next = { ...connector, ...defined(change), revision: connector.revision + 1 };
    if (next.state !== 'removing' && next.tableUuid !== undefined) {
      await this.map.put(next.streamArn, next.tableUuid, next.id);
    }
    const token = randomUUID();
    if (await this.update(connector, next, token)) return next;
    const now = await this.find(connector.id);
    if (now === undefined) {
      await this.map.remove(connector.streamArn, connector.id);
      throw unknown(connector.id);
    }
    if (now[WRITE_TOKEN]?.S === token) return next;
    throw new PenstockError('connector.conflict', `The connector "${connector.id}" was changed meanwhile.`);
  }

  async remove({ id, streamArn, createdAtMs }: Connector): Promise<void> {
    const { DeleteItemCommand } = await import('@aws-sdk/client-dynamodb');
    await this.map.remove(streamArn, id);
    await this.unlessConditionFails((client) =>
      client.send(
        new DeleteItemCommand({
          TableName: this.table,
          Key: { connectorId: text(id) },
          ConditionExpression: 'attribute_not_exists(connectorId) OR createdAtMs = :createdAtMs',
          ExpressionAttributeValues: { ':createdAtMs': number(createdAtMs) },
        }),
      ),
    );
  }

  private get keys() {
    return { table: this.table, hash: 'connectorId' };
  }

  private async find(id: string): Promise<Item | undefined> {
    const { GetItemCommand } = await import('@aws-sdk/client-dynamodb');
    return this.tables.use(this.keys, WHAT, async (client) => {
      const Key = { connectorId: text(id) };
      return (await client.send(new GetItemCommand({ TableName: this.table, Key, ConsistentRead: true }))).Item;
    });
  }

  private async update({ id, revision }: Connector, next: Connector, token: string): Promise<boolean> {
    const { UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
    const set = { ...changedAttributes(next), revision: number(next.revision), [WRITE_TOKEN]: text(token) };
    return this.unlessConditionFails((client) =>
      client.send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: { connectorId: text(id) },
          ...updateExpression({ set, expect: { revision: number(revision) } }),
        }),
      ),
    );
  }

  private unlessConditionFails(work: Parameters<typeof this.tables.use<unknown>>[2]): Promise<boolean> {
    return this.tables.use(this.keys, WHAT, async (client) => {
      try {
        await work(client);
        return true;
      } catch (cause) {
        if (isConditionFailure(cause)) return false;
        throw cause;
      }
    });
  }
}

/** A field that is there with undefined means "not changed" as well. */
function defined({ state, tableUuid, columns, events }: ConnectorChange): ConnectorChange {
  return {
    ...(state === undefined ? {} : { state }),
    ...(tableUuid === undefined ? {} : { tableUuid }),
    ...(columns === undefined ? {} : { columns }),
    ...(events === undefined ? {} : { events }),
  };
}

function unknown(id: string): PenstockError {
  return new PenstockError('connector.unknown', `There is no connector "${id}".`);
}
