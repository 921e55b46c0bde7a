/** Windows kept with every insert, against the same inserts without them, and against the same computation by hand. */
import { ClickhouseConnection } from '../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseAggregateWindows } from '../src/infrastructure/clickhouse/windows/clickhouse-aggregate-windows.js';
import { ONCE_PER_TOKEN, ONE_BLOCK } from '../src/infrastructure/clickhouse/batch-insert.js';
import type { Aggregation, DomainConfig } from '../src/domain/event-pipelines/domain-config.js';
import { startClickHouse, stopClickHouse } from '../test/support/clickhouse-process.js';
import { createEventTables } from '../test/support/event-tables.js';
import { SHOP_DOMAIN } from '../test/support/shop-domain.js';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Report } from './support/report.js';
import { type Contender, timed, way } from './support/rounds.js';
import { startSpark } from './support/spark.js';
import { connect } from './support/warehouse.js';

const EVENTS = 500_000;
/** Events of one insert, as many as the copier likes. */
const BATCH = 50_000;
const LINES = 100_000;
const MINUTE = 60_000;
const PATIENCE_MS = 120_000;
/** At least 0.38 times as many events for the same CPU. */
const MOST_CPU = 2.63;
const COLUMNS =
  'event_id, timestamp, user_id, order_id, total_amount, quantity, device_type, country, _shard, _sequence_number, _timestamp, _watermark';

const TUMBLING = { kind: 'tumbling', durationMs: MINUTE, slideMs: MINUTE } as const;
const SLIDING = { kind: 'sliding', durationMs: 5 * MINUTE, slideMs: MINUTE } as const;
const of = (name: string, more: Partial<Aggregation>): Aggregation => ({
  name,
  eventType: 'purchase',
  kind: 'count',
  window: TUMBLING,
  groupBy: ['country'],
  filter: [],
  allowedLatenessMs: MINUTE,
  ...more,
});

const SUM = of('revenue', { kind: 'sum', field: 'total_amount' });
const DISTINCT = of('buyers', { kind: 'count_distinct', field: 'user_id' });
const WAYS: readonly (readonly [name: string, aggregations: readonly Aggregation[], target?: number])[] = [
  ['tumbling count', [of('purchases', {})], MOST_CPU],
  ['tumbling sum', [SUM], MOST_CPU],
  ['sliding sum, 5 panes', [{ ...SUM, window: SLIDING }], MOST_CPU],
  ['tumbling exact distinct', [DISTINCT]],
  [
    'count, sum, mean and exact distinct',
    [SUM, DISTINCT, of('n', {}), of('m', { kind: 'avg', field: 'total_amount' })],
  ],
];

const report = new Report('windows');
const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
const engine = await startClickHouse(join(folder, 'data'));
const client = connect(engine);
const { url, username: user, password } = engine;
const connection = new ClickhouseConnection(async () => ({ url, user, password }), {
  maxConnections: 4,
  idleTimeoutMs: PATIENCE_MS,
});
const windows = new ClickhouseAggregateWindows(connection, {
  insertTimeoutMs: PATIENCE_MS,
  statementTimeoutMs: PATIENCE_MS,
});
await prepare();
const domains = new Map<string, DomainConfig>();
for (const [at, [name, aggregations]] of [['none', []] as const, ...WAYS].entries()) {
  const domain = { ...SHOP_DOMAIN, name: `shop${at}`, aggregations };
  await createEventTables(client, domain);
  await windows.deploy(domain);
  domains.set(name, domain);
}
await inserts('from a table', EVENTS, insertRows);
const lines = await linesOf(LINES);
await inserts('as NDJSON', LINES, insertLines);
await byHand();
await bySpark();
await Promise.all([client.close(), connection.close()]);
await stopClickHouse(engine);
await rm(folder, { recursive: true, force: true });
report.finish();

/** Events of an hour, a tenth of them out of order, some too late. */
async function prepare(): Promise<void> {
  await createEventTables(client, { ...SHOP_DOMAIN, name: 'prepared' });
  await client.command({
    query: `INSERT INTO default.prepared_purchase (${COLUMNS}, _batch)
      SELECT toString(cityHash64(number)), fromUnixTimestamp64Milli(toInt64(1767225600000 + intDiv(number * 3600000, ${EVENTS}) - if(number % 10 = 0, cityHash64(number, 1) % 90000, 0)), 'UTC'),
        concat('user_', toString(cityHash64(number, 2) % 50000)), concat('order_', toString(number)), cityHash64(number, 3) % 100000,
        1, ['mobile', 'desktop', 'tablet'][number % 3 + 1], concat('C', toString(cityHash64(number, 4) % 20)), 'shard-0', toString(number),
        now64(3), fromUnixTimestamp64Milli(toInt64(1767225600000 + intDiv(number * 3600000, ${EVENTS})), 'UTC'), ''
      FROM numbers(${EVENTS})`,
  });
  for (let at = 0; at < EVENTS / BATCH; at += 1) {
    await client.command({
      query: `CREATE TABLE default.prepared_${at} ENGINE = Memory AS SELECT * FROM default.prepared_purchase
        WHERE toUInt64(_sequence_number) >= ${at * BATCH} AND toUInt64(_sequence_number) < ${(at + 1) * BATCH}`,
    });
  }
}

async function inserts(
  how: string,
  events: number,
  insert: (domain: DomainConfig, round: number) => Promise<void>,
): Promise<void> {
  const contender = (role: 'limit' | 'ours', name: string): Contender => ({
    role,
    name,
    run: async (round) => {
      const domain = domains.get(name) ?? SHOP_DOMAIN;
      const work = async (): Promise<number> => {
        await insert(domain, round);
        return events;
      };
      return timed(work, engine.child.pid ?? 'self');
    },
  });
  const ways = [contender('limit', 'none'), ...WAYS.map(([name]) => contender('ours', name))];
  const comparisons = WAYS.map(([name, , target]) => ({
    name: `${name}: CPU of an event ${how}, by that without windows`,
    of: name,
    by: 'none',
    what: 'cpu' as const,
    ...(target !== undefined && { target, stretch: 1.67 }),
  }));
  const title = `${events} events ${how}, in inserts of ${BATCH}; CPU and memory of the engine`;
  await report.compare(title, ways, comparisons);
}

/** The hardest: the engine has the rows in memory already, and only stores them. */
async function insertRows(domain: DomainConfig, round: number): Promise<void> {
  for (let at = 0; at < EVENTS / BATCH; at += 1) {
    const token = `rows-${round}-${at}`;
    await client.command({
      query: `INSERT INTO default.${domain.name}_purchase (${COLUMNS}, _batch) SELECT ${COLUMNS}, '${token}' FROM default.prepared_${at}`,
      clickhouse_settings: { ...ONE_BLOCK, ...ONCE_PER_TOKEN, insert_deduplication_token: token },
    });
  }
}

/** As the copier does it. */
async function insertLines(domain: DomainConfig, round: number, texts = lines): Promise<void> {
  for (const [at, values] of texts.entries()) {
    const { stream } = await client.exec({
      query: `INSERT INTO default.${domain.name}_purchase FORMAT JSONEachRow`,
      values: Readable.from([values], { objectMode: false }),
      clickhouse_settings: { ...ONE_BLOCK, ...ONCE_PER_TOKEN, insert_deduplication_token: `lines-${round}-${at}` },
    });
    await finished(stream.resume());
  }
}

async function linesOf(events: number): Promise<string[]> {
  const texts: string[] = [];
  for (let at = 0; at < events / BATCH; at += 1) {
    const answer = await client.query({ query: `SELECT * FROM default.prepared_${at}`, format: 'JSONEachRow' });
    texts.push(await answer.text());
  }
  return texts;
}

/** Objects in memory, windows in a map: nothing is parsed, nothing is kept. */
async function byHand(): Promise<void> {
  const events = Array.from({ length: EVENTS }, (_, n) => ({
    timestamp: 1_767_225_600_000 + Math.floor((n * 3_600_000) / EVENTS),
    country: `C${n % 20}`,
    amount: (n * 7919) % 100_000,
  }));
  const hand = 'by hand in memory';
  const ours = 'tumbling sum';
  const domain = domains.get(ours) ?? SHOP_DOMAIN;
  const ways: Contender[] = [
    way('peer', hand, EVENTS, async () => {
      const sums = new Map<string, { events: number; sum: number }>();
      for (const { timestamp, country, amount } of events) {
        const key = `${Math.floor(timestamp / MINUTE)} ${country}`;
        const window = sums.get(key);
        if (window === undefined) sums.set(key, { events: 1, sum: amount });
        else {
          window.events += 1;
          window.sum += amount;
        }
      }
    }),
    {
      role: 'ours',
      name: ours,
      run: async (round) =>
        timed(async () => {
          await insertRows(domain, round + 1000);
          return EVENTS;
        }, engine.child.pid ?? 'self'),
    },
  ];
  const name = 'tumbling sum, stored and kept: CPU of an event, by that of one computed by hand and forgotten';
  const comparison = { name, of: ours, by: hand, what: 'cpu' as const };
  await report.compare(`The same windows of ${EVENTS} events by hand`, ways, [comparison]);
}

/** From NDJSON both; Spark forgets the events, and keeps a state of the windows on disk. */
async function bySpark(): Promise<void> {
  const texts = await linesOf(EVENTS);
  const source = join(folder, 'spark');
  await mkdir(source);
  for (const [at, text] of texts.entries()) await writeFile(join(source, `${at}.json`), text);
  const spark = await startSpark(source);
  report.peer('Spark', spark?.version ?? 'not installed: pip install pyspark, and BENCH_PYTHON');
  if (spark === undefined) return;
  const [name, ours] = ['Spark Structured Streaming, local mode', 'tumbling sum'];
  const domain = domains.get(ours) ?? SHOP_DOMAIN;
  const insert = async (round: number): Promise<number> => {
    await insertLines(domain, round + 2000, texts);
    return EVENTS;
  };
  const ways: Contender[] = [
    { role: 'peer', name, run: () => spark.run(EVENTS) },
    { role: 'ours', name: ours, run: (round) => timed(() => insert(round), engine.child.pid ?? 'self') },
  ];
  const comparison = {
    name: 'tumbling sum from NDJSON, throughput of Spark Structured Streaming',
    of: ours,
    by: name,
    what: 'throughput' as const,
    target: 5,
    stretch: 10,
  };
  await report.compare(`The same windows of ${EVENTS} events by Spark, all cores each`, ways, [comparison]);
  await spark.stop();
}
