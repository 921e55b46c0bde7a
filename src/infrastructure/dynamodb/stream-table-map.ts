import { text } from './attributes.js';
import type { DynamodbTables } from './dynamodb-tables.js';

const WHAT = 'the map of streams and tables';

/**
 * `stream_table_map`, which other programs read: partition key `stream_id`, the stream's ARN; sort key `table_id`, the
 * table's UUID. `connector_id` is ours, so that a connector finds its pairs again whatever it knew when it was cut off.
 */
export class StreamTableMap {
  constructor(
    private readonly tables: DynamodbTables,
    private readonly table: string,
  ) {}

  async put(streamArn: string, tableUuid: string, connectorId: string): Promise<void> {
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const Item = { stream_id: text(streamArn), table_id: text(tableUuid), connector_id: text(connectorId) };
    await this.tables.use(this.keys, WHAT, (client) =>
      client.send(new PutItemCommand({ TableName: this.table, Item })),
    );
  }

  /** Removes the pairs of a connector; those of other connectors of the stream stay. */
  async remove(streamArn: string, connectorId: string): Promise<void> {
    const { DeleteItemCommand } = await import('@aws-sdk/client-dynamodb');
    for (const tableUuid of await this.tablesOf(streamArn, connectorId)) {
      const Key = { stream_id: text(streamArn), table_id: text(tableUuid) };
      await this.tables.use(this.keys, WHAT, (client) =>
        client.send(new DeleteItemCommand({ TableName: this.table, Key })),
      );
    }
  }

  private async tablesOf(streamArn: string, connectorId: string): Promise<string[]> {
    const { paginateQuery } = await import('@aws-sdk/client-dynamodb');
    return this.tables.use(this.keys, WHAT, async (client) => {
      const uuids: string[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: this.table,
          ConsistentRead: true,
          KeyConditionExpression: 'stream_id = :stream',
          FilterExpression: 'connector_id = :connector',
          ExpressionAttributeValues: { ':stream': text(streamArn), ':connector': text(connectorId) },
        },
      );
      for await (const { Items } of pages) uuids.push(...(Items ?? []).flatMap(({ table_id }) => table_id?.S ?? []));
      return uuids;
    });
  }

  private get keys() {
    return { table: this.table, hash: 'stream_id', range: 'table_id' };
  }
}
