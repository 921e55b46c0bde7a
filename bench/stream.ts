/** Events on their way into ClickHouse: our part of it, the whole way from Kinesis, and how long an event takes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startScratchClickhouse } from '../test/support/scratch-clickhouse.js';
import { startClient } from './support/client-process.js';
import type { InsertEvents } from './clients/insert-events.js';
import { ndjson } from './support/events.js';
import { Report } from './support/report.js';
import type { Contender, Role } from './support/rounds.js';

const EVENTS = 200_000;
/** One insert for each is slow: rates are compared. */
const SINGLE_EVENTS = 400;

const report = new Report('stream');
await ourPart();
report.finish();

async function ourPart(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
  const file = join(folder, 'events.ndjson');
  await writeFile(file, ndjson(EVENTS));
  const engine = await startScratchClickhouse();
  const warehouse = { url: engine.url, username: engine.username, password: engine.password };
  const clients: { stop(): Promise<void> }[] = [];
  const contender = async (role: Role, name: string, how: InsertEvents): Promise<Contender> => {
    const client = await startClient('insert-events', how);
    clients.push(client);
    return { role, name, run: (round) => client.run(round) };
  };
  const limit = 'ClickHouse alone, from a file';
  const ours = 'Penstock, records of a shard to rows';
  const batched = 'JSON.parse, client.insert of 10,000 objects';
  const single = `JSON.parse, client.insert of each (${SINGLE_EVENTS} events)`;
  const contenders = [
    await contender('limit', limit, { way: 'infile', items: EVENTS, folder: join(folder, 'alone'), file }),
    await contender('ours', ours, { way: 'penstock', items: EVENTS, warehouse }),
    await contender('peer', batched, { way: 'batched', items: EVENTS, warehouse }),
    await contender('peer', single, { way: 'single', items: SINGLE_EVENTS, warehouse }),
  ];
  await report.compare(`Our part: ${EVENTS} events of a shard into a table`, contenders, [
    { name: 'our part, throughput of the limit', of: ours, by: limit, what: 'throughput', target: 0.4, stretch: 0.7 },
    { name: 'our part against batches of parsed objects', of: ours, by: batched, what: 'throughput' },
    { name: 'our part against one insert for each record', of: ours, by: single, what: 'throughput' },
  ]);
  for (const client of clients) await client.stop();
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
}
