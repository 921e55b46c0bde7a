/** Brings the same events into a table, in one of the ways that are compared. */
import type { ClickHouseClient } from '@clickhouse/client';
import { clientArgument, serveRounds } from '../support/client-process.js';
import { copyShard } from '../support/copy-shard.js';
import { event, eventBytes, streamRecords } from '../support/events.js';
import { timed } from '../support/rounds.js';
import { connect, countRows, eventsTable, openTables, type WarehouseAddress } from '../support/warehouse.js';

export interface InsertEvents {
  readonly way: 'infile' | 'penstock' | 'batched' | 'single';
  readonly items: number;
  /** Of the engine, for all ways but the limit's. */
  readonly warehouse?: WarehouseAddress;
  /** Of the limit: its own folder, and the file it reads. */
  readonly folder?: string;
  readonly file?: string;
}

const ROWS_OF_A_BATCH = 10_000;
const { way, items, warehouse, folder, file } = clientArgument() as InsertEvents;
const table = `events_${way}`;

if (way === 'infile') await serveLimit();
else await serveWarehouse(warehouse!);

/** ClickHouse by itself, inside this process, reading the rows from a file that is there. */
async function serveLimit(): Promise<void> {
  const { Session } = await import('chdb');
  const session = new Session(folder);
  session.query(eventsTable(table));
  const insert = `INSERT INTO ${table} FROM INFILE '${file}' SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow`;
  serveRounds(
    async () => {
      await session.queryAsync(`TRUNCATE TABLE ${table}`);
      return timed(async () => {
        await session.queryAsync(insert);
        return items;
      });
    },
    async () => session.close(),
  );
}

async function serveWarehouse(address: WarehouseAddress): Promise<void> {
  const client = connect(address);
  await client.command({ query: eventsTable(table) });
  const { tables, close } = openTables(address);
  const run = {
    penstock: penstockWay(tables),
    batched: parsedWay(client, ROWS_OF_A_BATCH),
    single: parsedWay(client, 1),
  }[way as 'penstock' | 'batched' | 'single']();
  serveRounds(
    async (round) => {
      await client.command({ query: `TRUNCATE TABLE ${table}` });
      const figures = await timed(async () => {
        await run(round);
        return items;
      });
      const rows = await countRows(client, table);
      if (rows !== items) throw new Error(`${rows} rows of ${items} arrived by "${way}".`);
      return figures;
    },
    async () => {
      await client.close();
      await close();
    },
  );
}

/** From records as the SDK gives them to rows, by what copies a shard; the round's name keeps its tokens apart. */
function penstockWay(tables: Parameters<typeof copyShard>[0]['tables']) {
  return () => {
    const records = streamRecords(items);
    return async (round: number): Promise<void> => {
      await copyShard({ tables, records, target: { database: 'default', table }, streamName: `round-${round}` });
    };
  };
}

/** Each record parsed, and handed to the client as an object. */
function parsedWay(client: ClickHouseClient, rows: number) {
  return () => {
    const records = Array.from({ length: items }, (_, n) => eventBytes(n));
    return async (): Promise<void> => {
      for (let at = 0; at < items; at += rows) {
        const values = records
          .slice(at, at + rows)
          .map((data) => JSON.parse(data.toString()) as ReturnType<typeof event>);
        await client.insert({
          table,
          values,
          format: 'JSONEachRow',
          clickhouse_settings: { date_time_input_format: 'best_effort' },
        });
      }
    };
  };
}
