import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countRows, onboard } from './events-table.js';
import { type Api, Household, residentBytes, until } from './household.js';
import { createStream } from './load-stream.js';

const STREAM = 'Backlog';
const SHARDS = 4;
const MEGABYTE = 1_000_000;
const BACKLOG_BYTES = Number(process.env['BACKLOG_MB'] ?? 300) * MEGABYTE;
const EVENT_BYTES = 900;
const EVENTS_PER_REQUEST = 500;
const BUFFER_BYTES = 16 * MEGABYTE;
/** Of the backlog, after which the process has what it needs: its code, its buffers, a page of each shard. */
const WARM_SHARE = 0.1;
/** Of the backlog, that it may hold on top of that to its end: garbage not collected yet. One that kept what it read would hold nine tenths. */
const MOST_SHARE = 0.6;
const PATIENCE_MS = 240_000;

let household: Household;
let api: Api;
let kinesis: KinesisClient;

beforeAll(async () => {
  household = await Household.found({ COPY_BUFFER_BYTES: String(BUFFER_BYTES), COPY_PLAN_MS: '200' });
  api = await household.serve({ WORKERS: 'off' });
  kinesis = await household.kinesis();
  await createStream(kinesis, STREAM, SHARDS);
}, 120_000);

afterAll(async () => {
  kinesis.destroy();
  await household.close();
}, 60_000);

/** @returns how many events were accepted */
async function fill(): Promise<number> {
  let accepted = 0;
  for (let n = 0; accepted * EVENT_BYTES < BACKLOG_BYTES; n += EVENTS_PER_REQUEST) {
    const Records = Array.from({ length: EVENTS_PER_REQUEST }, (_, index) => {
      const event = { n: n + index, user: index, amount: 1, note: '' };
      const note = 'x'.repeat(EVENT_BYTES - JSON.stringify(event).length);
      return { PartitionKey: `key-${n + index}`, Data: Buffer.from(JSON.stringify({ ...event, note })) };
    });
    const answer = await kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    accepted += EVENTS_PER_REQUEST - (answer.FailedRecordCount ?? 0);
  }
  return accepted;
}

const megabytes = (bytes: number): number => Math.round(bytes / MEGABYTE);

describe.skipIf(process.platform !== 'linux')('a worker before a large backlog', () => {
  it('holds no more at its end than near its beginning', { timeout: 600_000 }, async () => {
    const accepted = await fill();
    await onboard(api, STREAM);
    const worker = household.start('worker');
    let warm = 0;
    let most = 0;
    const isCopied = async (): Promise<boolean> => {
      most = Math.max(most, residentBytes(worker.pid));
      const copied = await countRows(household);
      if (copied < accepted * WARM_SHARE) warm = most;
      return copied >= accepted;
    };
    await until(isCopied, PATIENCE_MS, 'the backlog to be copied');
    console.log(`${accepted} events, held: ${megabytes(warm)} MB near the beginning, ${megabytes(most)} MB at most`);
    expect(await countRows(household)).toBe(accepted);
    expect(warm).toBeGreaterThan(0);
    expect(most - warm).toBeLessThan(accepted * EVENT_BYTES * MOST_SHARE);
  });
});
