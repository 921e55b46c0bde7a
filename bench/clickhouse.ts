/** The embedded ClickHouse endpoint against its limit: the same by chDB alone, in this process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Session } from 'chdb';
import { startScratchClickhouse } from '../test/support/scratch-clickhouse.js';
import { event, ndjson } from './support/events.js';
import { Report } from './support/report.js';
import { way } from './support/rounds.js';
import { connect, eventsTable } from './support/warehouse.js';

const ROWS = 50_000;
const QUERIES = 200;
const BEST_EFFORT = { date_time_input_format: 'best_effort' } as const;

const report = new Report('clickhouse');
const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
const file = join(folder, 'rows.ndjson');
const rows = ndjson(ROWS);
const objects = Array.from({ length: ROWS }, (_, n) => event(n));
await writeFile(file, rows);
const alone = new Session(join(folder, 'alone'));
const engine = await startScratchClickhouse();
const client = connect(engine);
for (const query of [eventsTable('events'), 'TRUNCATE TABLE events']) {
  alone.query(query);
  await client.command({ query });
}
await inserts();
await tinyQueries();
await client.close();
await engine.stop();
alone.close();
await rm(folder, { recursive: true, force: true });
report.finish();

async function inserts(): Promise<void> {
  const limit = 'chDB alone, from a file';
  const lines = 'NDJSON through the endpoint, client.exec';
  const parsed = 'objects through the endpoint, client.insert';
  const fromFile = `INSERT INTO events FROM INFILE '${file}' SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow`;
  const insert = 'INSERT INTO events FORMAT JSONEachRow';
  const ways = [
    way('limit', limit, ROWS, async () => alone.queryAsync(fromFile)),
    way('ours', lines, ROWS, async () => {
      const values = Readable.from([rows], { objectMode: false });
      const { stream } = await client.exec({ query: insert, values, clickhouse_settings: BEST_EFFORT });
      await finished(stream.resume());
    }),
    way('ours', parsed, ROWS, async () =>
      client.insert({ table: 'events', values: objects, format: 'JSONEachRow', clickhouse_settings: BEST_EFFORT }),
    ),
  ];
  const name = 'insert through the endpoint, throughput of chDB alone';
  await report.compare(`Inserts of ${ROWS} rows`, ways, [{ name, of: lines, by: limit, what: 'throughput' }]);
}

async function tinyQueries(): Promise<void> {
  const limit = 'SELECT 1 by chDB alone';
  const ours = 'SELECT 1 through the endpoint';
  const ways = [
    way('limit', limit, QUERIES, () => repeat(() => alone.queryAsync('SELECT 1', { format: 'JSONEachRow' }))),
    way('ours', ours, QUERIES, () =>
      repeat(async () => (await client.query({ query: 'SELECT 1', format: 'JSONEachRow' })).json()),
    ),
  ];
  const name = 'tiny queries through the endpoint, rate of chDB alone';
  await report.compare('Tiny queries, one after another', ways, [{ name, of: ours, by: limit, what: 'throughput' }]);
}

async function repeat(work: () => Promise<unknown>): Promise<void> {
  for (let at = 0; at < QUERIES; at += 1) await work();
}
