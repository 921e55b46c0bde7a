/** Events of a shard into their table: what decoding them costs, and what it costs to leave out those published twice. */
import { EVENT_TABLE_ORDER, eventTableColumns } from '../src/domain/event-pipelines/event-table.js';
import { generateEventSchema } from '../src/domain/event-pipelines/generate-event-schema.js';
import type { EventTables } from '../src/domain/ports/event-tables.port.js';
import type { RegisteredSchema, SchemaRegistry } from '../src/domain/ports/schema-registry.port.js';
import { createTableStatement } from '../src/domain/stream-onboarding/create-table-statement.js';
import type { EventFormat } from '../src/domain/stream-onboarding/event-format.js';
import type { StreamRecord } from '../src/domain/stream-onboarding/stream-record.js';
import { AvroEventCodec } from '../src/infrastructure/avro/avro-event-codec.js';
import { ClickhouseConnection } from '../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseEventTables } from '../src/infrastructure/clickhouse/clickhouse-event-tables.js';
import { startScratchClickhouse } from '../test/support/scratch-clickhouse.js';
import { SHOP_DOMAIN } from '../test/support/shop-domain.js';
import { copyShard, type ShardInMemory } from './support/copy-shard.js';
import { Report } from './support/report.js';
import { type Contender, timed } from './support/rounds.js';
import { connect, countRows, openTables } from './support/warehouse.js';

const EVENTS = 200_000;
/** Rows that are in the table before: of the days before, and half of the events' own time. */
const ROWS_BEFORE = 2_000_000;
const FIRST_MS = Date.UTC(2026, 0, 10);
const STEP_MS = 5;
/** One event in so many is an hour late. */
const LATE_EVERY = 100;
const LATE_MS = 3_600_000;
const DAYS_BEFORE_MS = 5 * 86_400_000;
const PATIENCE_MS = 120_000;

const TYPE = SHOP_DOMAIN.eventTypes.find(({ name }) => name === 'purchase');
if (TYPE === undefined) throw new Error('The domain has no purchases.');
const SCHEMA = JSON.stringify(generateEventSchema(TYPE, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace));
const COLUMNS = eventTableColumns(generateEventSchema(TYPE, SHOP_DOMAIN.entity, SHOP_DOMAIN.namespace));
const FORMAT: EventFormat = { format: 'avro', readerSchema: SCHEMA, idField: 'event_id', timeField: 'timestamp' };

const report = new Report('event-tables');
const engine = await startScratchClickhouse();
const client = connect(engine);
const { tables, close } = openTables(engine);
const { url, username: user, password } = engine;
const connection = new ClickhouseConnection(async () => ({ url, user, password }), {
  maxConnections: 4,
  idleTimeoutMs: PATIENCE_MS,
});
const lookups = new ClickhouseEventTables(connection, { statementTimeoutMs: PATIENCE_MS });
const nothingStored: EventTables = { ensureDatabase: async () => undefined, stored: async () => new Set<string>() };
const codec = new AvroEventCodec(registryOf({ id: 1, guid: '', schema: SCHEMA, references: [] }));

const alike = 'the same events as JSON records';
const without = 'Avro events, not looked up';
const ours = 'Avro events, each looked up';
const again = 'Avro events, all there already';
const json = jsonRecords();
const avro = avroRecords();
const contenders: Contender[] = [
  await contender('peer', alike, 'alike', { records: json, columns: COLUMNS }),
  await contender('limit', without, 'without', {
    records: avro,
    events: { format: FORMAT, codec, tables: nothingStored },
  }),
  await contender('ours', ours, 'ours', { records: avro, events: { format: FORMAT, codec, tables: lookups } }),
  await contender('ours', again, 'again', { records: avro, events: { format: FORMAT, codec, tables: lookups } }),
];
await report.compare(`${EVENTS} events of a shard into a table of ${ROWS_BEFORE} rows`, contenders, [
  { name: 'with the look-up, throughput of that without', of: ours, by: without, what: 'throughput' },
  { name: 'Avro events, throughput of JSON records', of: ours, by: alike, what: 'throughput' },
  { name: 'all there already, throughput of those that are not', of: again, by: ours, what: 'throughput' },
]);
await client.close();
await close();
await connection.close();
await engine.stop();
report.finish();

async function contender(
  role: Contender['role'],
  name: string,
  table: string,
  shard: Pick<ShardInMemory, 'records' | 'events' | 'columns'>,
): Promise<Contender> {
  const target = { database: 'default', table };
  const rows = table === 'again' ? ROWS_BEFORE + EVENTS : ROWS_BEFORE;
  await client.command({
    query: createTableStatement({ name: target, columns: COLUMNS, orderBy: EVENT_TABLE_ORDER, comment: 'benchmark' }),
  });
  const run = async (round: number) => {
    await client.command({ query: `TRUNCATE TABLE ${table}` });
    await client.command({ query: rowsBefore(table) });
    if (table === 'again') await copyShard({ tables, target, streamName: `before-${round}`, ...shard });
    const figures = await timed(async () => {
      await copyShard({ tables, target, streamName: `${table}-${round}`, ...shard });
      return EVENTS;
    });
    const found = await countRows(client, table);
    const expected = table === 'again' ? rows : rows + EVENTS;
    if (found !== expected) throw new Error(`${found} rows of ${expected} are there by "${name}".`);
    return figures;
  };
  return { role, name, run };
}

/** Of the days before, and every twentieth of the time the events are of. */
function rowsBefore(table: string): string {
  const spanMs = EVENTS * STEP_MS;
  return (
    `INSERT INTO ${table} (event_id, timestamp, user_id, device_type, country, _batch) SELECT toString(generateUUIDv4()),` +
    ` fromUnixTimestamp64Milli(toInt64(if(number % 20 = 0, ${FIRST_MS} + rand() % ${spanMs},` +
    ` ${FIRST_MS - DAYS_BEFORE_MS} + rand64() % ${DAYS_BEFORE_MS}))), 'u', 'phone', 'FR', 'before' FROM numbers(${ROWS_BEFORE})`
  );
}

function event(n: number): Record<string, string | number | null> {
  const timestamp = FIRST_MS + n * STEP_MS - (n % LATE_EVERY === 0 ? LATE_MS : 0);
  const tail = n.toString(16).padStart(12, '0');
  return {
    event_id: `0b7c2f4e-51d3-4c8a-9f10-${tail}`,
    timestamp,
    user_id: `user-${n % 9973}`,
    order_id: n % 3 === 0 ? null : `order-${n}`,
    total_amount: (n * 7919) % 100_000,
    quantity: 1 + (n % 4),
    device_type: n % 2 === 0 ? 'phone' : 'desktop',
    country: ['FR', 'DE', 'US', 'BR'][n % 4] ?? 'FR',
  };
}

function recordsOf(encode: (n: number) => Uint8Array): StreamRecord[] {
  const first = 49_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000n;
  return Array.from({ length: EVENTS }, (_, n) => ({
    sequenceNumber: String(first + BigInt(n)),
    subSequenceNumber: 0,
    partitionKey: `user-${n % 9973}`,
    data: encode(n),
    arrivedAtMs: FIRST_MS + n * STEP_MS + 40,
  }));
}

function avroRecords(): StreamRecord[] {
  const encoder = codec.encoder(SCHEMA, 1);
  return recordsOf((n) => Uint8Array.from(encoder.encode(event(n))));
}

function jsonRecords(): StreamRecord[] {
  return recordsOf((n) => Buffer.from(JSON.stringify(event(n))));
}

function registryOf(schema: RegisteredSchema): SchemaRegistry {
  return { byId: async () => schema } as unknown as SchemaRegistry;
}
