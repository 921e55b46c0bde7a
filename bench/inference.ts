/** The schema of a sample: against parsing alone, and against letting ClickHouse describe the same events. */
import { inferSchema } from '../src/domain/stream-onboarding/infer-schema.js';
import { startScratchClickhouse } from '../test/support/scratch-clickhouse.js';
import { eventBytes } from './support/events.js';
import { Report } from './support/report.js';
import { way } from './support/rounds.js';
import { connect } from './support/warehouse.js';

const EVENTS = 10_000;

const report = new Report('inference');
const events = Array.from({ length: EVENTS }, (_, n) => eventBytes(n));
const lines = events.map(String).join('\n');
const engine = await startScratchClickhouse();
const client = connect(engine);
const limit = 'JSON.parse alone';
const ours = 'inferSchema';
const peer = 'DESCRIBE format(JSONEachRow, …) by ClickHouse';
const ways = [
  way('limit', limit, EVENTS, async () => events.forEach((bytes) => JSON.parse(bytes.toString()))),
  way('ours', ours, EVENTS, async () => inferSchema(events)),
  way('peer', peer, EVENTS, describe),
];
await report.compare(`The columns of ${EVENTS} events`, ways, [
  { name: 'inference, speed of JSON.parse', of: ours, by: limit, what: 'throughput' },
  { name: 'inference against DESCRIBE', of: ours, by: peer, what: 'throughput' },
]);
await client.close();
await engine.stop();
report.finish();

async function describe(): Promise<void> {
  const result = await client.query({
    query: `DESCRIBE format(JSONEachRow, $$${lines}$$) SETTINGS input_format_max_rows_to_read_for_schema_inference = ${EVENTS}`,
    clickhouse_settings: { max_query_size: '100000000' },
    format: 'JSONEachRow',
  });
  await result.json();
}
