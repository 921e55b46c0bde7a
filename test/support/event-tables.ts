import type { ClickHouseClient } from '@clickhouse/client';
import type { DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import { EVENT_TABLE_ORDER, eventTableColumns, eventTableOf } from '../../src/domain/event-pipelines/event-table.js';
import { generateEventSchema } from '../../src/domain/event-pipelines/generate-event-schema.js';
import { ONCE_PER_TOKEN, ONE_BLOCK } from '../../src/infrastructure/clickhouse/batch-insert.js';
import { createTableStatement, quoteTableName } from '../../src/domain/stream-onboarding/create-table-statement.js';
import type { EventRow } from './window-model.js';

/** Makes the tables of events of a domain, unless they are there, as they are made for connectors. */
export async function createEventTables(client: ClickHouseClient, domain: DomainConfig): Promise<void> {
  for (const eventType of domain.eventTypes) {
    const columns = eventTableColumns(generateEventSchema(eventType, domain.entity, domain.namespace));
    const name = eventTableOf(domain, eventType.name);
    const statement = createTableStatement({ name, columns, orderBy: EVENT_TABLE_ORDER, comment: 'test' });
    await client.command({ query: statement.replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS') });
  }
}

/** Inserts events as the copier does: as one block, once per token. */
export async function insertEvents(
  client: ClickHouseClient,
  domain: DomainConfig,
  eventType: string,
  batch: { readonly token: string; readonly events: readonly EventRow[] },
): Promise<void> {
  const { token, events } = batch;
  await client.insert({
    table: quoteTableName(eventTableOf(domain, eventType)),
    values: events.map(({ watermark, ...event }) => ({
      ...event,
      timestamp: moment(event.timestamp),
      _watermark: moment(watermark),
      _shard: token.split('-')[0],
      _sequence_number: token,
      _timestamp: moment(Math.max(0, event.timestamp)),
      _batch: token,
    })),
    format: 'JSONEachRow',
    clickhouse_settings: { ...ONE_BLOCK, ...ONCE_PER_TOKEN, insert_deduplication_token: token },
  });
}

/** Milliseconds as the text that ClickHouse reads. */
const moment = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
