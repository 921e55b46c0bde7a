import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  type KinesisClient,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { openOf, shardsOf, untilActive } from '../support/kinesis-client.js';
import type { Chance } from './chance.js';

type Fate = 'row' | 'letter';

/** What a record must become: its number, its place, and whether it is fit for the table. */
export interface Accepted {
  readonly n: number;
  readonly fate: Fate;
  /** Whether it carries a field that the table had no column for at first. */
  readonly extra: number | undefined;
}

interface Event extends Accepted {
  readonly data: Buffer;
}

interface Parcel {
  readonly key: string;
  readonly data: Buffer;
  readonly events: readonly Event[];
}

const { RecordAggregator } = createRequire(import.meta.url)('aws-kinesis-agg') as {
  RecordAggregator: new () => {
    addUserRecord(record: { partitionKey: string; data: Buffer }): void;
    build(): { partitionKey: string; data: Buffer };
  };
};

export const EXTRA_FIELDS = 4;
const USERS = 97;
const AGGREGATED = 5;

export async function createStream(client: KinesisClient, StreamName: string, ShardCount: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await untilActive(client, StreamName);
}

/**
 * Publishes numbered events, some of them no good, as in life, and keeps the book of those the stream has accepted, by
 * their place in it: `shard/sequence`, with `:sub` behind it inside an aggregate.
 */
export class Producer {
  readonly accepted = new Map<string, Accepted>();
  private number = 0;

  constructor(
    private readonly client: KinesisClient,
    private readonly stream: string,
    private readonly chance: Chance,
  ) {}

  /** @returns how many events were accepted */
  count(fate: Fate): number {
    return [...this.accepted.values()].filter((event) => event.fate === fate).length;
  }

  async produce(until: AbortSignal, { perRequest, pauseMs }: { perRequest: number; pauseMs: number }): Promise<void> {
    while (!until.aborted) {
      await this.put(Array.from({ length: perRequest }, () => this.parcel()));
      await sleep(pauseMs);
    }
  }

  /** Records the stream refuses (its shards have a limit) are not sent again: nothing is ever in doubt. */
  private async put(parcels: readonly Parcel[]): Promise<void> {
    const entries = parcels.map(({ key, data }) => ({ PartitionKey: key, Data: data }));
    const answer = await this.client.send(new PutRecordsCommand({ StreamName: this.stream, Records: entries }));
    for (const [index, { ShardId, SequenceNumber }] of (answer.Records ?? []).entries()) {
      if (ShardId === undefined || SequenceNumber === undefined) continue;
      for (const [sub, { n, fate, extra }] of parcels[index]!.events.entries()) {
        const place = `${ShardId}/${SequenceNumber}${sub === 0 ? '' : `:${sub}`}`;
        this.accepted.set(place, { n, fate, extra });
      }
    }
  }

  private parcel(): Parcel {
    const key = `key-${this.chance.below(1_000_000)}`;
    if (this.chance.next() > 0.02) {
      const event = this.event();
      return { key, data: event.data, events: [event] };
    }
    const events = Array.from({ length: AGGREGATED }, () => this.event());
    const aggregator = new RecordAggregator();
    for (const { data } of events) aggregator.addUserRecord({ partitionKey: key, data });
    return { key, data: aggregator.build().data, events };
  }

  private event(): Event {
    const n = this.number++;
    const good = { n, user: n % USERS, amount: (n * 7) % 1000 };
    const of = (value: object, fate: Fate, extra?: number): Event => ({
      n,
      fate,
      extra,
      data: Buffer.from(JSON.stringify(value)),
    });
    return this.chance.pick<() => Event>([
      [970, () => of(good, 'row')],
      [8, () => of({ ...good, [`extra_${this.chance.below(EXTRA_FIELDS)}`]: n }, 'row', n)],
      [8, () => of({ ...good, amount: 'a lot' }, 'letter')],
      [4, () => of({ ...good, n: -1 }, 'letter')],
      [4, () => ({ ...of({}, 'letter'), data: Buffer.from(`{"n":${n},"user"`) })],
      [4, () => ({ ...of({}, 'letter'), data: Buffer.from(`event ${n}`) })],
      [2, () => ({ ...of({}, 'letter'), data: Buffer.concat([Buffer.from(`{"n":${n},"user":"`), NOT_UTF8]) })],
    ])();
  }
}

const NOT_UTF8 = Buffer.from([0xc3, 0x28, 0x22, 0x7d]);

/** Splits an open shard in two, or merges two neighbours, by chance; at most `most` shards stay open. */
export async function reshard(
  client: KinesisClient,
  StreamName: string,
  { chance, most }: { chance: Chance; most: number },
): Promise<string> {
  await untilActive(client, StreamName);
  const open = openOf(await shardsOf(client, StreamName)).sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  const at = chance.below(open.length);
  const shard = open[at]!;
  const neighbour = open[at + 1];
  const isFull = open.length >= most;
  if (neighbour !== undefined && (isFull || chance.next() < 0.4)) {
    const merge = { StreamName, ShardToMerge: shard.ShardId, AdjacentShardToMerge: neighbour.ShardId };
    await client.send(new MergeShardsCommand(merge));
    return `merged ${shard.ShardId} and ${neighbour.ShardId}`;
  }
  if (isFull) return 'left the shards alone';
  const middle = (startOf(shard) + BigInt(shard.HashKeyRange!.EndingHashKey!)) / 2n + 1n;
  const split = { StreamName, ShardToSplit: shard.ShardId, NewStartingHashKey: String(middle) };
  await client.send(new SplitShardCommand(split));
  return `split ${shard.ShardId}`;
}

const startOf = ({ HashKeyRange }: { HashKeyRange?: { StartingHashKey?: string | undefined } | undefined }): bigint =>
  BigInt(HashKeyRange!.StartingHashKey!);
