import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ClickHouseClient } from '@clickhouse/client';
import { connectKinesis } from './kinesis.js';
import { createStream, publish } from './publish.js';
import { type Service, until } from './service.js';
import { connect, countRows } from './warehouse.js';

export interface SteadyLoad {
  readonly name: string;
  readonly eventsPerSecond: number;
  readonly forMs: number;
}

/** Rows of each lane that could be seen at a time. */
interface Sight {
  readonly atMs: number;
  readonly rows: readonly number[];
}

const LANES = 2;
const PUBLISH_EVERY_MS = 100;
const LOOK_EVERY_MS = 10;

/**
 * Publishes at a steady rate while somebody else copies, and looks again and again at what is in the table.
 *
 * @returns for each event the time from its arrival in the stream to the first look that found it, in milliseconds
 */
export async function latencies(service: Service, load: SteadyLoad): Promise<number[]> {
  const { name } = load;
  const kinesis = connectKinesis(service.kinesis);
  const warehouse = connect(service.warehouse);
  const hashKeys = await createStream(kinesis, name, LANES);
  const connector = await service.onboard(name, name, [{ name: '_timestamp', type: "DateTime64(3, 'UTC')" }]);
  await publishTick(kinesis, name, hashKeys, { from: 0, to: 1 });
  await until(async () => (await countRows(warehouse, name)) === LANES);
  const published = publishSteadily(kinesis, hashKeys, load);
  const sights = await watch(warehouse, name, published);
  const waits = waitsOf(await arrivals(warehouse, name), sights);
  await service.remove(connector);
  kinesis.destroy();
  await warehouse.close();
  return waits;
}

async function publishSteadily(kinesis: KinesisClient, hashKeys: readonly string[], load: SteadyLoad): Promise<number> {
  const each = (load.eventsPerSecond * PUBLISH_EVERY_MS) / 1000 / LANES;
  const begun = performance.now();
  let published = 1;
  for (let tick = 0; tick * PUBLISH_EVERY_MS < load.forMs; tick += 1) {
    await sleep(Math.max(0, begun + tick * PUBLISH_EVERY_MS - performance.now()));
    await publishTick(kinesis, load.name, hashKeys, { from: published, to: published + each });
    published += each;
  }
  return published;
}

interface Numbers {
  readonly from: number;
  readonly to: number;
}

async function publishTick(
  kinesis: KinesisClient,
  stream: string,
  hashKeys: readonly string[],
  numbers: Numbers,
): Promise<void> {
  await Promise.all(hashKeys.map((hashKey, lane) => publish(kinesis, stream, { ...numbers, hashKey, lane })));
}

async function watch(warehouse: ClickHouseClient, table: string, published: Promise<number>): Promise<Sight[]> {
  const sights: Sight[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  void published.then((count) => (wanted = count));
  await until(async () => {
    const rows = await rowsOfLanes(warehouse, table);
    sights.push({ atMs: Date.now(), rows });
    return rows.every((count) => count >= wanted);
  }, LOOK_EVERY_MS);
  await published;
  return sights;
}

async function rowsOfLanes(warehouse: ClickHouseClient, table: string): Promise<number[]> {
  const query = `SELECT countIf(lane = 0) AS a, countIf(lane = 1) AS b FROM ${table}`;
  const [row] = await (await warehouse.query({ query, format: 'JSONEachRow' })).json<{ a: string; b: string }>();
  return [Number(row?.a), Number(row?.b)];
}

async function arrivals(
  warehouse: ClickHouseClient,
  table: string,
): Promise<{ lane: number; n: number; atMs: number }[]> {
  const query = `SELECT lane, toUInt32(n) AS n, toFloat64(toUnixTimestamp64Milli(_timestamp)) AS atMs FROM ${table} WHERE n > 0`;
  return (await warehouse.query({ query, format: 'JSONEachRow' })).json();
}

/** A lane is a shard and keeps its order: the event numbered n is there when more than n rows are. */
function waitsOf(events: readonly { lane: number; n: number; atMs: number }[], sights: readonly Sight[]): number[] {
  return events.map(({ lane, n, atMs }) => {
    const seen = sights.find(({ rows }) => (rows[lane] ?? 0) > n);
    return (seen?.atMs ?? Number.NaN) - atMs;
  });
}
