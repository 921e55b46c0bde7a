import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  type PutRecordsResultEntry,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';

/** Which records the stream accepted: every one by its place in the stream, and the number it carries. */
export class AcceptedRecords {
  readonly numbers = new Map<string, number>();

  /** @returns how many were accepted */
  note(results: readonly PutRecordsResultEntry[], first: number): number {
    let accepted = 0;
    for (const [index, { ShardId, SequenceNumber }] of results.entries()) {
      if (ShardId === undefined || SequenceNumber === undefined) continue;
      this.numbers.set(`${ShardId}:${SequenceNumber}`, first + index);
      accepted += 1;
    }
    return accepted;
  }
}

/** Publishes numbered events until told to stop; some of them are no good, as in life. */
export async function produce(
  client: KinesisClient,
  stream: string,
  { accepted, badShare, until }: { accepted: AcceptedRecords; badShare: number; until: AbortSignal },
): Promise<{ bad: number }> {
  let number = 0;
  let bad = 0;
  while (!until.aborted) {
    const first = number;
    const Records = Array.from({ length: 100 }, () => {
      number += 1;
      const broken = Math.random() < badShare;
      if (broken) bad += 1;
      const event = { n: number - 1, user: `u${number % 97}`, amount: broken ? 'a lot' : (number % 1000) / 100 };
      return { PartitionKey: `key-${Math.random()}`, Data: Buffer.from(JSON.stringify(event)) };
    });
    const { Records: results } = await client.send(new PutRecordsCommand({ StreamName: stream, Records }));
    accepted.note(results ?? [], first);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return { bad };
}

/** Splits an open shard in two, or merges two neighbours, by chance; at most `most` shards stay open. */
export async function reshard(client: KinesisClient, stream: string, most: number): Promise<string> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
  const open = Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined).sort(
    (a, b) => (BigInt(a.HashKeyRange!.StartingHashKey!) < BigInt(b.HashKeyRange!.StartingHashKey!) ? -1 : 1),
  );
  const at = Math.floor(Math.random() * open.length);
  const shard = open[at]!;
  const neighbour = open[at + 1];
  if (neighbour !== undefined && (open.length >= most || Math.random() < 0.5)) {
    const merge = { StreamName: stream, ShardToMerge: shard.ShardId, AdjacentShardToMerge: neighbour.ShardId };
    await client.send(new MergeShardsCommand(merge));
    return `merged ${shard.ShardId} and ${neighbour.ShardId}`;
  }
  if (open.length >= most) return 'left the shards alone';
  const from = BigInt(shard.HashKeyRange!.StartingHashKey!);
  const to = BigInt(shard.HashKeyRange!.EndingHashKey!);
  const middle = String(from + (to - from) / 2n + 1n);
  await client.send(
    new SplitShardCommand({ StreamName: stream, ShardToSplit: shard.ShardId, NewStartingHashKey: middle }),
  );
  return `split ${shard.ShardId}`;
}

/** Waits until the stream can be changed again. */
export async function untilActive(client: KinesisClient, stream: string): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
    if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
