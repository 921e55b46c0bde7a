import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import { CountPerMinuteCommand } from '../../application/demonstration/count-per-minute.command.js';
import { PublishSessionsCommand } from '../../application/demonstration/publish-sessions.command.js';
import { CreateStreamTableCommand } from '../../application/stream-onboarding/create-stream-table.command.js';
import { ListConnectorsQuery } from '../../application/stream-onboarding/list-connectors.query.js';
import { ResumeConnectorCommand } from '../../application/stream-onboarding/resume-connector.command.js';
import { SampleStreamQuery } from '../../application/stream-onboarding/sample-stream.query.js';
import { PenstockError } from '../../domain/errors.js';
import type { ConnectorView } from '../../domain/stream-onboarding/connector-view.js';
import { schemaText } from './picture.js';
import { HISTORY, isShopTable, SESSION_MS, SHOP, shopTable } from './shop.js';

export interface Buses {
  readonly commands: CommandBus;
  readonly queries: QueryBus;
}

export interface Shop {
  readonly connectorId: string;
  readonly tableName: string;
  /** Events published before the first look. */
  readonly published: number;
}

interface Opened {
  readonly connector: ConnectorView;
  readonly published: number;
}

const SAMPLE_SIZE = 500;
const MAX_PAGE = 500;

/**
 * Onboards the shop's stream, or finds it onboarded by an earlier start, or half onboarded by one that was killed: every
 * step bears repetition.
 */
export async function openShop(buses: Buses, say: (lines: readonly string[]) => void): Promise<Shop> {
  const { commands } = buses;
  const found = await findConnector(buses);
  const { connector, published } = found ? { connector: found, published: 0 } : await onboard(buses, say);
  const { id: connectorId, tableName, state, shards } = connector;
  const rollup = {
    source: { database: SHOP.database, table: tableName },
    view: { database: SHOP.database, table: SHOP.perMinute },
    timeColumn: SHOP.timeColumn,
    groupColumn: SHOP.groupColumn,
  };
  await commands.execute(new CountPerMinuteCommand(rollup));
  // A connector that has copied before was paused by a person, who will want it so.
  if (state === 'paused' && shards.length === 0) await commands.execute(new ResumeConnectorCommand(connectorId));
  return { connectorId, tableName, published };
}

/** Publishes the history first, since a schema is inferred from events. */
async function onboard(buses: Buses, say: (lines: readonly string[]) => void): Promise<Opened> {
  const { commands, queries } = buses;
  const { sessions, spanMs } = HISTORY;
  const startMs = Date.now() - SESSION_MS - spanMs;
  const history = new PublishSessionsCommand(SHOP.stream, { sessions, seed: Date.now(), startMs, spanMs });
  const { published } = await commands.execute(history);
  say([`The Kinesis stream ${SHOP.stream} has ${published} events of ${sessions} visits of the last half hour.`, '']);
  const sample = await queries.execute(new SampleStreamQuery(SHOP.stream, { sampleSize: SAMPLE_SIZE }));
  say(schemaText(sample));
  const { inferredSchema: schema, proposedOrderBy: orderBy } = sample;
  const statement = await createTable(buses, { schema, orderBy });
  say(['', 'Made in ClickHouse, and kept up to date from now on:', `  ${statement}`, '']);
  const connector = await findConnector(buses);
  if (connector === undefined) throw new PenstockError('connector.unknown', 'The connector was removed at once.');
  return { connector, published };
}

/** Paused, so that events_per_minute is there before the first row. */
async function createTable(
  { commands }: Buses,
  { schema, orderBy }: Pick<CreateStreamTableCommand['request'], 'schema' | 'orderBy'>,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const table = { streamName: SHOP.stream, databaseName: SHOP.database, tableName: shopTable(attempt) };
    try {
      const request = { ...table, schema, orderBy, paused: true };
      return (await commands.execute(new CreateStreamTableCommand(request))).create_table_query;
    } catch (cause) {
      const isTaken = cause instanceof PenstockError && cause.code === 'table.exists';
      if (!isTaken || attempt === SHOP.maxTables) throw cause;
    }
  }
}

async function findConnector({ queries }: Buses): Promise<ConnectorView | undefined> {
  const found: ConnectorView[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await queries.execute(
      new ListConnectorsQuery({ limit: MAX_PAGE, ...(cursor !== undefined && { cursor }) }),
    );
    found.push(...page.connectors.filter(isOurs));
    cursor = page.next;
    if (cursor === undefined) return found.at(-1);
  }
}

function isOurs({ streamName, databaseName, tableName, state }: ConnectorView): boolean {
  const isTable = databaseName === SHOP.database && isShopTable(tableName);
  return streamName === SHOP.stream && isTable && state !== 'removing';
}
