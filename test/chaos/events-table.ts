import type { Api, Household } from './household.js';

/** The table of the tests, with columns that tell every row's place in the stream. */
export const EVENTS = 'events';

const SCHEMA = [
  { name: 'n', type: 'UInt32' },
  { name: 'user', type: 'UInt16' },
  { name: 'amount', type: 'Int32' },
  { name: '_shard', type: 'LowCardinality(String)' },
  { name: '_sequence_number', type: 'String' },
  { name: '_timestamp', type: "DateTime64(3, 'UTC')" },
];

export interface ConnectorView {
  readonly state: string;
  readonly rows: number;
  readonly deadLetters: number;
  readonly lagMs: number;
  readonly shards: readonly {
    readonly shardId: string;
    readonly owner?: string;
    readonly rows: number;
    readonly checkpoint: string;
  }[];
}

/** @returns the connector's id */
export async function onboard(api: Api, streamName: string): Promise<string> {
  const wanted = { streamName, tableName: EVENTS, schema: SCHEMA, orderBy: ['n'], onNewField: 'evolve' };
  const { connectorId } = await api.call<{ connectorId: string }>('POST', '/api/create-table', wanted);
  return connectorId;
}

/** A view that adds up what is inserted: it shows what a table alone would not, a block that came twice. */
export async function addView(household: Household): Promise<void> {
  await household.clickhouse(
    `CREATE TABLE per_minute (minute DateTime, user UInt16, events AggregateFunction(count),
       amounts AggregateFunction(sum, Int32)) ENGINE = AggregatingMergeTree ORDER BY (minute, user)
     SETTINGS non_replicated_deduplication_window = 10000`,
  );
  await household.clickhouse(
    `CREATE MATERIALIZED VIEW per_minute_of_events TO per_minute AS
     SELECT toStartOfMinute(_timestamp) AS minute, user, countState() AS events, sumState(amount) AS amounts
     FROM ${EVENTS} GROUP BY minute, user`,
  );
}

/** The same sums, of the rows of the table and of those of the view. */
export async function sums(household: Household): Promise<{ table: unknown[][]; view: unknown[][] }> {
  const table = await household.clickhouse(
    `SELECT toStartOfMinute(_timestamp)::DateTime AS minute, user, count(), sum(amount) FROM ${EVENTS}
     GROUP BY minute, user ORDER BY minute, user`,
  );
  const view = await household.clickhouse(
    `SELECT minute, user, countMerge(events), sumMerge(amounts) FROM per_minute
     GROUP BY minute, user ORDER BY minute, user`,
  );
  return { table, view };
}

export async function countRows(household: Household): Promise<number> {
  const [row] = await household.clickhouse(`SELECT count() FROM ${EVENTS}`);
  return Number(row?.[0]);
}

export async function countLetters(household: Household): Promise<number> {
  const [row] = await household.postgres<{ n: string }>('SELECT count(*) AS n FROM penstock.dead_letter');
  return Number(row?.n);
}
