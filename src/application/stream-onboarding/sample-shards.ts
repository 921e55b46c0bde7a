import type { Clock } from '../../domain/ports/clock.port.js';
import type {
  ShardPosition,
  StreamIdentity,
  StreamShard,
  StreamSource,
} from '../../domain/ports/stream-source.port.js';
import { FairSample } from '../../domain/stream-onboarding/fair-sample.js';
import type { StreamRecord } from '../../domain/stream-onboarding/stream-record.js';

export interface SampleRequest {
  readonly streamArn: string;
  readonly identity: StreamIdentity;
  readonly sampleSize: number;
  readonly timeoutMs: number;
}

/** One pass over all shards from a position on. */
interface Look {
  readonly from: ShardPosition;
  readonly shards: readonly StreamShard[];
  readonly forMs: number;
  /** Stay at the end of a shard until the first record of any of them comes. */
  readonly waits: boolean;
}

const MAX_SAMPLE_BYTES = 16 * 1024 * 1024;
const READERS = 32;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Records of every shard, the newest first: of the last minute, then, as long as the sample is not full, of the last hour,
 * then the oldest kept. When there are none at all, it waits for the first one. Ends with what it has when time is up.
 */
export async function sampleShards(
  source: StreamSource,
  clock: Clock,
  { streamArn, identity, sampleSize, timeoutMs }: SampleRequest,
): Promise<StreamRecord[]> {
  const shards = await source.shards(streamArn, identity);
  const sample = new FairSample(Math.max(1, shards.length), sampleSize, MAX_SAMPLE_BYTES);
  const startMs = clock.nowMs();
  const leftMs = (): number => Math.max(0, startMs + timeoutMs - clock.nowMs());
  const look = (one: Look): Promise<void> => lookAt(one, { source, clock, sample, streamArn, identity });
  // A part of the time each, so that a slow look at the last minute leaves some for the records that are there.
  await look({ from: { kind: 'at-time', ms: startMs - MINUTE_MS }, shards, forMs: leftMs() / 3, waits: false });
  if (!sample.isFull) {
    await look({ from: { kind: 'at-time', ms: startMs - HOUR_MS }, shards, forMs: leftMs() / 2, waits: false });
  }
  if (!sample.isFull) await look({ from: { kind: 'trim-horizon' }, shards, forMs: leftMs(), waits: false });
  if (sample.isEmpty) {
    const open = shards.filter(({ closed }) => !closed).slice(0, READERS);
    await look({ from: { kind: 'at-time', ms: startMs }, shards: open, forMs: leftMs(), waits: true });
  }
  return sample.take();
}

interface Ground {
  readonly source: StreamSource;
  readonly clock: Clock;
  readonly sample: FairSample;
  readonly streamArn: string;
  readonly identity: StreamIdentity;
}

async function lookAt({ from, shards, forMs, waits }: Look, ground: Ground): Promise<void> {
  if (forMs <= 0) return;
  const { source, clock, sample, streamArn, identity } = ground;
  const over = new AbortController();
  const done = new AbortController();
  void clock.sleep(forMs, done.signal).then(() => over.abort());
  const queue = [...shards];
  const reader = async (): Promise<void> => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
      const { shardId } = shard;
      for await (const page of source.read({ streamArn, shardId, from, identity }, over.signal)) {
        sample.add(
          shardId,
          page.records.filter(({ isTombstone }) => !isTombstone),
        );
        if (waits && !sample.isEmpty) over.abort();
        if (!sample.wants(shardId) || (!waits && page.behindMs === 0)) break;
      }
    }
  };
  // Whatever happens to one reader, none is left behind.
  const ends = await Promise.allSettled(Array.from({ length: READERS }, () => reader().catch(stopAll(over))));
  done.abort();
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

function stopAll(over: AbortController): (cause: unknown) => never {
  return (cause) => {
    over.abort();
    throw cause;
  };
}
