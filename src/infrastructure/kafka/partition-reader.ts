import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { ShardPage, ShardPosition } from '../../domain/ports/stream-source.port.js';
import type { KafkaCluster, Topic } from './kafka-cluster.js';
import { failureNames, passes } from './kafka-errors.js';
import type { TopicIdentity } from './kafka-names.js';
import { readPage } from './partition-page.js';
import { unlessAborted } from './unless-aborted.js';

export interface PartitionReaderOptions {
  readonly pollMs: number;
  readonly patienceMs: number;
  readonly maxFetchBytes: number;
}

export interface PartitionToRead extends TopicIdentity {
  readonly partition: number;
  readonly from: ShardPosition;
}

export interface ReaderPorts {
  readonly cluster: KafkaCluster;
  readonly clock: Clock;
  readonly log: Log;
}

/** Pauses after a failed read double from the first to the longest; `patienceMs` ends them all. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const LATEST = -1n;
const EARLIEST = -2n;

/** Reads one partition page by page: keeps the offset, and finds the leader again when it changes. */
export class PartitionReader {
  private offset: bigint | undefined;
  private rests = false;
  private readAtMs = 0;

  constructor(
    private readonly ports: ReaderPorts,
    private readonly wanted: PartitionToRead,
    private readonly options: PartitionReaderOptions,
  ) {}

  /** The next page; undefined when stopped. @throws PenstockError, errors of the client */
  async next(signal: AbortSignal): Promise<ShardPage | undefined> {
    await this.pause(signal);
    if (signal.aborted) return undefined;
    try {
      return await this.persist(() => unlessAborted(this.readOnce(), signal), signal);
    } catch (cause) {
      if (signal.aborted) return undefined;
      throw cause;
    }
  }

  /** A partition read to its end is looked at again in a while; a backlog is read as fast as it comes. */
  private async pause(signal: AbortSignal): Promise<void> {
    if (!this.rests) return;
    const { clock } = this.ports;
    const leftMs = this.readAtMs + this.options.pollMs - clock.nowMs();
    if (leftMs > 0) await clock.sleep(leftMs, signal);
  }

  private persist<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return pRetry(action, {
      signal,
      retries: Math.ceil(this.options.patienceMs / FIRST_PAUSE_MS),
      maxRetryTime: this.options.patienceMs,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      shouldRetry: ({ error }) => passes(error),
    });
  }

  private async readOnce(): Promise<ShardPage> {
    const { cluster, clock } = this.ports;
    const { partition, topic: name, topicId } = this.wanted;
    const topic = await cluster.topic(name, topicId);
    if (partition >= topic.partitions.length) {
      throw new PenstockError('stream.unknown', `The topic "${name}" has no partition ${partition}.`);
    }
    this.offset ??= await this.startOffset(topic);
    this.readAtMs = clock.nowMs();
    const asked = { topic, partition, offset: this.offset, maxBytes: this.options.maxFetchBytes };
    const answer = await cluster.fetch(asked).catch((cause: unknown) => this.findPlace(topic, asked.offset, cause));
    if (answer === undefined) return this.readOnce();
    const { records, next } = readPage(answer, asked.offset);
    this.offset = next;
    const caughtUp = next >= answer.lastStableOffset;
    // Where nothing comes though there is something, asking again at once would be of no use.
    this.rests = caughtUp || next === asked.offset;
    const newestMs = records.at(-1)?.arrivedAtMs ?? this.readAtMs;
    return { records, behindMs: caughtUp ? 0 : Math.max(1, this.readAtMs - newestMs) };
  }

  private async startOffset(topic: Topic): Promise<bigint> {
    const { from, partition } = this.wanted;
    if (from.kind === 'at') return BigInt(from.sequenceNumber);
    if (from.kind === 'after') return BigInt(from.sequenceNumber) + 1n;
    const { cluster } = this.ports;
    if (from.kind === 'trim-horizon') return (await cluster.offsetAt(topic, partition, EARLIEST)) ?? 0n;
    const latest = async (): Promise<bigint> => (await cluster.offsetAt(topic, partition, LATEST)) ?? 0n;
    if (from.kind === 'latest') return latest();
    // Asked for first: what comes between the two questions must not be passed over.
    const end = await latest();
    return (await cluster.offsetAt(topic, partition, BigInt(Math.max(0, Math.floor(from.ms))))) ?? end;
  }

  /**
   * Goes on with the oldest record that is kept, when those from `offset` on have expired, and says how many are lost.
   *
   * @throws the failure, when it is another one; PenstockError `stream.expired` when the partition ends before `offset`
   */
  private async findPlace(topic: Topic, offset: bigint, cause: unknown): Promise<undefined> {
    if (!failureNames(cause).has('OFFSET_OUT_OF_RANGE')) throw cause;
    const { cluster, log } = this.ports;
    const oldest = (await cluster.offsetAt(topic, this.wanted.partition, EARLIEST)) ?? 0n;
    if (oldest <= offset) {
      const message = `Partition ${this.wanted.partition} of "${topic.topic}" ends before offset ${offset}: its brokers have lost records.`;
      throw new PenstockError('stream.expired', message, { cause: new Error('OFFSET_OUT_OF_RANGE') });
    }
    const missing = String(oldest - offset);
    const error = new PenstockError('stream.expired', 'Records expired before they were read.');
    log.error('Records are lost', error, { topic: topic.topic, partition: this.wanted.partition, missing });
    this.offset = oldest;
    return undefined;
  }
}
