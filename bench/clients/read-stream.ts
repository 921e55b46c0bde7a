/** Reads a stream by the SDK, all its shards in turn: and leaves it at that, or stores each record as it comes. */
import { GetRecordsCommand } from '@aws-sdk/client-kinesis';
import { iterator, shardsOf } from '../../test/support/kinesis-client.js';
import { clientArgument, serveRounds } from '../support/client-process.js';
import { connectKinesis, type KinesisAddress } from '../support/kinesis.js';
import { timed } from '../support/rounds.js';
import { connect, eventsTable, type WarehouseAddress } from '../support/warehouse.js';

export interface ReadStream {
  readonly stream: string;
  readonly address: KinesisAddress;
  readonly items: number;
  /** Where to store each record; left out: nowhere. */
  readonly warehouse?: WarehouseAddress;
}

const TABLE = 'consumed_singly';
const { stream, address, items, warehouse } = clientArgument() as ReadStream;
const kinesis = connectKinesis(address);
const store = warehouse && connect(warehouse);
await store?.command({ query: eventsTable(TABLE) });

serveRounds(
  () => timed(read),
  async () => {
    kinesis.destroy();
    await store?.close();
  },
);

async function read(): Promise<number> {
  let left = items;
  for (const { ShardId = '' } of await shardsOf(kinesis, stream)) {
    let ShardIterator = await iterator(kinesis, stream, { ShardId });
    for (let behind = true; behind && left > 0;) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: Math.min(10_000, left) }));
      for (const { Data } of page.Records ?? []) await keep(Data);
      left -= page.Records?.length ?? 0;
      behind = page.MillisBehindLatest !== 0;
      ShardIterator = page.NextShardIterator ?? '';
    }
  }
  return items - left;
}

function keep(data: Uint8Array | undefined): Promise<unknown> | undefined {
  return store?.insert({
    table: TABLE,
    values: [JSON.parse(Buffer.from(data ?? []).toString()) as unknown],
    format: 'JSONEachRow',
    clickhouse_settings: { date_time_input_format: 'best_effort' },
  });
}
