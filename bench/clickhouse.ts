/**
 * The embedded ClickHouse endpoint against its limit: the same bytes inserted by chDB alone, from a file that is there.
 * Needs a build of the service; prints ratios, since only those carry over.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createClient } from '@clickhouse/client';
import { Session } from 'chdb';
import { startClickHouse, stopClickHouse } from '../test/support/clickhouse-process.js';

const ROWS = 50_000;
const ROUNDS = Number(process.env['ROUNDS'] ?? 9);
const TINY = 200;
const DDL = `CREATE TABLE events (id UInt64, ts DateTime64(3), name String, amount Float64, ok Bool, city LowCardinality(String),
  payload String, tags Array(String)) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 1000`;

const objects = Array.from({ length: ROWS }, (_, id) => ({
  id,
  ts: `2026-01-01 00:00:00.${String(id % 1000).padStart(3, '0')}`,
  name: `user-${id}`,
  amount: id * 1.5,
  ok: id % 2 === 0,
  city: 'Lyon',
  payload: 'x'.repeat(160),
  tags: ['a', 'b'],
}));
const ndjson = Buffer.from(objects.map((row) => `${JSON.stringify(row)}\n`).join(''));

const times = new Map<string, number[]>();
async function timed(way: string, run: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  await run();
  times.set(way, [...(times.get(way) ?? []), performance.now() - begun]);
}
const median = (way: string) => (times.get(way) ?? []).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;

function report(ways: readonly string[], unit: number): void {
  const limit = median(ways[0] ?? '');
  for (const way of ways) {
    const all = times.get(way) ?? [];
    const spread = `${(Math.min(...all) / unit).toFixed(2)} to ${(Math.max(...all) / unit).toFixed(2)} ms`;
    console.log(
      `${way.padEnd(58)} ${(median(way) / limit).toFixed(2)}   (${(median(way) / unit).toFixed(2)} ms, ${spread})`,
    );
  }
}

const home = mkdtempSync(join(tmpdir(), 'penstock-bench-'));
const file = join(home, 'rows.ndjson');
writeFileSync(file, ndjson);
const alone = new Session(join(home, 'alone'));
alone.query(DDL);
const engine = await startClickHouse(join(home, 'endpoint'));
const client = createClient({ url: engine.url, username: engine.username, password: engine.password });
await client.command({ query: DDL });

const basic = Buffer.from(`${engine.username}:${engine.password}`).toString('base64');
const INSERT = new URLSearchParams({ query: 'INSERT INTO events FORMAT JSONEachRow' });
async function passThrough(token: string): Promise<void> {
  INSERT.set('insert_deduplication_token', token);
  const { stream } = await client.exec({
    query: 'INSERT INTO events FORMAT JSONEachRow',
    values: Readable.from([ndjson], { objectMode: false }),
    clickhouse_settings: { insert_deduplication_token: token },
  });
  stream.resume();
}

const INSERTS = [
  'limit: chDB alone, INSERT FROM INFILE',
  'NDJSON through the endpoint, @clickhouse/client exec',
  'NDJSON through the endpoint, plain HTTP',
  'objects through the endpoint, @clickhouse/client insert',
] as const;
for (let round = 0; round < ROUNDS; round += 1) {
  const fromFile = `INSERT INTO events FROM INFILE '${file}' SETTINGS insert_deduplication_token = 'a${round}' FORMAT JSONEachRow`;
  await timed(INSERTS[0], () => alone.queryAsync(fromFile));
  await timed(INSERTS[1], () => passThrough(`b${round}`));
  INSERT.set('insert_deduplication_token', `c${round}`);
  const target = `${engine.url}/?${INSERT.toString()}`;
  await timed(INSERTS[2], () =>
    fetch(target, { method: 'POST', body: ndjson, headers: { Authorization: `Basic ${basic}` } }),
  );
  await timed(INSERTS[3], () =>
    client.insert({
      table: 'events',
      values: objects,
      format: 'JSONEachRow',
      clickhouse_settings: { insert_deduplication_token: `d${round}` },
    }),
  );
}
console.log(
  `Insert of ${ROWS} rows, ${Math.round(ndjson.length / ROWS)} bytes each, ${ROUNDS} rounds interleaved; wall against the limit`,
);
report(INSERTS, 1);

const QUERIES = ['limit: chDB alone, SELECT 1', 'SELECT 1 through the endpoint'] as const;
for (let round = 0; round < ROUNDS; round += 1) {
  await timed(QUERIES[0], async () => {
    for (let at = 0; at < TINY; at += 1) await alone.queryAsync('SELECT 1', { format: 'JSONEachRow' });
  });
  await timed(QUERIES[1], async () => {
    for (let at = 0; at < TINY; at += 1) {
      await (await client.query({ query: 'SELECT 1', format: 'JSONEachRow' })).json();
    }
  });
}
console.log(`\nTiny queries, one after another; wall of one against the limit`);
report(QUERIES, TINY);

await client.close();
await stopClickHouse(engine);
alone.close();
rmSync(home, { recursive: true, force: true });
