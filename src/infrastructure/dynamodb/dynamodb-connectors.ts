import { randomUUID } from 'node:crypto';
import { PenstockError } from '../../domain/errors.js';
import type { ConnectorChange, Connectors } from '../../domain/ports/connectors.port.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';
import { connectorItem, fromConnectorItem } from './connector-item.js';
import type { DynamodbStore } from './dynamodb-store.js';
import { type Item, number, text, textOf } from './item.js';

export interface ConnectorTables {
  readonly connectors: string;
  /** `stream_table_map`: partition key `stream_id` (stream ARN), sort key `table_id` (table UUID). */
  readonly streamTableMap: string;
}

/** Names the write of an item, so that a write whose answer got lost can be told from somebody else's. */
const WRITE_ID = 'writeId';

/** Connectors as items of a DynamoDB table; the pairs of stream and table in a table of their own, as others know it. */
export class DynamodbConnectors implements Connectors {
  constructor(
    private readonly store: DynamodbStore,
    private readonly tables: ConnectorTables,
  ) {}

  async create(connector: Connector): Promise<void> {
    if (!(await this.write(connector, 'attribute_not_exists(connectorId)'))) {
      throw new PenstockError('connector.exists', `There is a connector "${connector.id}" already.`);
    }
  }

  async get(id: string): Promise<Connector> {
    const item = await this.find(id);
    if (item === undefined) throw new PenstockError('connector.unknown', `There is no connector "${id}".`);
    return fromConnectorItem(item);
  }

  async list(): Promise<Connector[]> {
    const items = await (await this.ready()).scan({ TableName: this.tables.connectors });
    return items.map(fromConnectorItem).sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  }

  /** The pair is written first: a death in between leaves a pair too many, which the next change or removal mends. */
  async change(connector: Connector, change: ConnectorChange): Promise<Connector> {
    const next: Connector = { ...connector, ...change, revision: connector.revision + 1 };
    const isMapped = next.state === 'running' && next.tableUuid !== undefined;
    if (isMapped) await this.putPair(next);
    const condition = { expression: 'revision = :revision', values: { ':revision': number(connector.revision) } };
    if (await this.write(next, condition.expression, condition.values)) return next;
    const now = await this.find(connector.id);
    if (isMapped && (now === undefined || textOf(now, 'tableUuid') !== next.tableUuid)) await this.deletePair(next);
    if (now === undefined) throw new PenstockError('connector.unknown', `There is no connector "${connector.id}".`);
    throw new PenstockError('connector.conflict', `Somebody else has changed the connector "${connector.id}".`);
  }

  async remove(connector: Connector): Promise<void> {
    await this.deletePair(connector);
    const store = await this.ready();
    await store.delete({ TableName: this.tables.connectors, Key: { connectorId: text(connector.id) } });
  }

  /** @returns whether the item is now as written: by this call, or by a try of it whose answer got lost */
  private async write(connector: Connector, ConditionExpression: string, values?: Item): Promise<boolean> {
    const writeId = randomUUID();
    const written = await (
      await this.ready()
    ).put({
      TableName: this.tables.connectors,
      Item: { ...connectorItem(connector), [WRITE_ID]: text(writeId) },
      ConditionExpression,
      ...(values && { ExpressionAttributeValues: values }),
    });
    if (written) return true;
    const now = await this.find(connector.id);
    return now !== undefined && textOf(now, WRITE_ID) === writeId;
  }

  private async find(id: string): Promise<Item | undefined> {
    return (await this.ready()).get({ TableName: this.tables.connectors, Key: { connectorId: text(id) } });
  }

  private async putPair(connector: Connector): Promise<void> {
    const { streamName, target, id, createdAtMs } = connector;
    const Item: Item = {
      ...pairKeys(connector),
      stream_name: text(streamName),
      database_name: text(target.database),
      table_name: text(target.table),
      connector_id: text(id),
      created_on: text(new Date(createdAtMs).toISOString()),
    };
    await (await this.ready()).put({ TableName: this.tables.streamTableMap, Item });
  }

  private async deletePair(connector: Connector): Promise<void> {
    if (connector.tableUuid === undefined) return;
    await (await this.ready()).delete({ TableName: this.tables.streamTableMap, Key: pairKeys(connector) });
  }

  private async ready(): Promise<DynamodbStore> {
    await Promise.all([
      this.store.ensureTable(this.tables.connectors, { hash: 'connectorId' }),
      this.store.ensureTable(this.tables.streamTableMap, { hash: 'stream_id', range: 'table_id' }),
    ]);
    return this.store;
  }
}

function pairKeys({ streamArn, tableUuid = '' }: Connector): Item {
  return { stream_id: text(streamArn), table_id: text(tableUuid) };
}
