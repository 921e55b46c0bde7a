import type { DynamoDBClient, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { PenstockError } from '../../domain/errors.js';
import type { NewRunLogEntry, ReadRunLog, RunLog, RunLogPage } from '../../domain/ports/run-log.port.js';
import type { RunLogEntry } from '../../domain/workflow-gateway/run-log-entry.js';
import { type Item, number, text } from './attributes.js';
import type { DynamodbTables } from './dynamodb-tables.js';
import { isNamed } from './dynamodb-errors.js';
import { itemOf, type PlacedEntry, placedEntries, readPlace, writePlace } from './run-log-item.js';

const RUN = 'run_id';
const ENTRY = 'entry_id';
const EXPIRES = 'expires_at';
const WHAT = 'the run log';
type Place = PlacedEntry['place'];

/** Entries asked of DynamoDB at once. */
const PAGE = 200;

export class DynamodbRunLog implements RunLog {
  /** Whether the table has one item an entry; known after it was looked at. */
  private hasEntryKey: Promise<boolean> | undefined;

  constructor(
    private readonly tables: DynamodbTables,
    private readonly table: string,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async read(runId: string, { type, limit, after }: ReadRunLog): Promise<RunLogPage> {
    const start: Place | undefined = after === undefined ? undefined : readPlace(after);
    return this.use(async (client) => {
      const entries: RunLogEntry[] = [];
      let end = after;
      for await (const { place, entry } of this.entriesAfter(client, runId, start)) {
        if (type === undefined || entry.type === type) {
          if (entries.length === limit) return { entries, next: end ?? '', ...(end !== undefined && { end }) };
          entries.push(entry);
        }
        end = writePlace(place);
      }
      return { entries, ...(end !== undefined && { end }) };
    });
  }

  async append(runId: string, entries: readonly NewRunLogEntry[], expiresAtMs: number): Promise<void> {
    await this.use(async (client) => {
      if (!(await this.isWritable(client))) throw readOnly(this.table);
      for (const entry of entries)
        await this.put(client, { ...itemOf(entry), ...this.keys(runId, entry, expiresAtMs) });
    });
  }

  private keys(runId: string, { entryId }: NewRunLogEntry, expiresAtMs: number): Item {
    return { [RUN]: text(runId), [ENTRY]: text(entryId), [EXPIRES]: number(Math.ceil(expiresAtMs / 1000)) };
  }

  private async put(client: DynamoDBClient, item: Item): Promise<void> {
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const command = new PutItemCommand({
      TableName: this.table,
      Item: item,
      ConditionExpression: `attribute_not_exists(${RUN})`,
    });
    await client.send(command).catch((cause: unknown) => {
      // The first answer was lost; the entry is there.
      if (!isNamed(cause, 'ConditionalCheckFailedException')) throw cause;
    });
  }

  /** Entries of a list begin behind the place that was reached in it; of items, DynamoDB leaves out those before it. */
  private async *entriesAfter(client: DynamoDBClient, runId: string, start?: Place): AsyncGenerator<PlacedEntry> {
    const key = start === undefined || start.index !== undefined ? undefined : entryKey(runId, start.entryId);
    const reached = start?.index ?? -1;
    for await (const item of this.itemsAfter(client, runId, key)) {
      if (Number(item[EXPIRES]?.N ?? Infinity) * 1000 <= this.nowMs()) continue;
      yield* placedEntries(item).filter(({ place }) => (place.index ?? Infinity) > reached);
    }
  }

  private async *itemsAfter(client: DynamoDBClient, runId: string, start?: Item): AsyncGenerator<Item> {
    let key = start;
    for (;;) {
      const { Items = [], LastEvaluatedKey } = await this.query(client, runId, key);
      yield* Items;
      if (LastEvaluatedKey === undefined) return;
      key = LastEvaluatedKey;
    }
  }

  private async query(
    client: DynamoDBClient,
    runId: string,
    ExclusiveStartKey: Item | undefined,
  ): Promise<QueryCommandOutput> {
    const { QueryCommand } = await import('@aws-sdk/client-dynamodb');
    const command = new QueryCommand({
      TableName: this.table,
      ConsistentRead: true,
      Limit: PAGE,
      KeyConditionExpression: `${RUN} = :run`,
      ExpressionAttributeValues: { ':run': text(runId) },
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    return client.send(command);
  }

  private async isWritable(client: DynamoDBClient): Promise<boolean> {
    this.hasEntryKey ??= this.look(client);
    try {
      return await this.hasEntryKey;
    } catch (cause) {
      this.hasEntryKey = undefined;
      throw cause;
    }
  }

  /** Tables of ours let their entries expire. */
  private async look(client: DynamoDBClient): Promise<boolean> {
    const { DescribeTableCommand, UpdateTimeToLiveCommand } = await import('@aws-sdk/client-dynamodb');
    const { Table } = await client.send(new DescribeTableCommand({ TableName: this.table }));
    const isOurs = Table?.KeySchema?.some(({ AttributeName }) => AttributeName === ENTRY) === true;
    if (!isOurs) return false;
    const TimeToLiveSpecification = { AttributeName: EXPIRES, Enabled: true };
    // Enabled already, not allowed, or unknown to the embedded engine: readers leave out what has expired anyway.
    await client
      .send(new UpdateTimeToLiveCommand({ TableName: this.table, TimeToLiveSpecification }))
      .catch(() => undefined);
    return true;
  }

  private use<T>(work: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    return this.tables.use({ table: this.table, hash: RUN, range: ENTRY }, WHAT, work);
  }
}

function entryKey(runId: string, entryId: string): Item {
  return { [RUN]: text(runId), [ENTRY]: text(entryId) };
}

function readOnly(table: string): PenstockError {
  const message = `"${table}" keeps one item a run: its logs are read, but written by their orchestrator alone.`;
  return new PenstockError('run-log.read-only', message);
}
