import type { KinesisClient } from '@aws-sdk/client-kinesis';
import pRetry from 'p-retry';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { ShardPage, ShardPosition, ShardToRead } from '../../domain/ports/stream-source.port.js';
import { deaggregateRecord, type HashKeyRange } from '../../domain/stream-onboarding/kpl-aggregate.js';
import type { StreamRecord } from '../../domain/stream-onboarding/stream-record.js';
import { getRecords, type RecordsAnswer } from './get-records.js';
import { passes } from './kinesis-errors.js';
import { hashKeyRange, listShards } from './stream-shards.js';

export interface ShardReaderOptions {
  readonly pollMs: number;
  readonly patienceMs: number;
}

/** As many as one request may answer. */
const RECORDS_PER_REQUEST = 10_000;
/** Pauses after a failed read double from the first to the longest; `patienceMs` ends them all. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** Reads one shard page by page: keeps the iterator, and the position from which a lost one is found again. */
export class ShardReader {
  private position: ShardPosition;
  private iterator: string | undefined;
  private caughtUp = false;
  private readAtMs = 0;
  private range: Promise<HashKeyRange | undefined> | undefined;

  constructor(
    private readonly client: KinesisClient,
    private readonly shard: ShardToRead,
    private readonly clock: Clock,
    private readonly options: ShardReaderOptions,
  ) {
    this.position = shard.from;
  }

  /** The next page and whether it is the last; undefined when stopped. @throws errors of the SDK */
  async next(signal: AbortSignal): Promise<{ page: ShardPage; last: boolean } | undefined> {
    await this.pause(signal);
    if (signal.aborted) return undefined;
    try {
      const answer = await this.persist(() => this.readOnce(signal), signal);
      const page = await this.toPage(answer, signal);
      return { page, last: this.iterator === undefined };
    } catch (cause) {
      if (signal.aborted) return undefined;
      throw cause;
    }
  }

  /** A shard read to its end is looked at again in a while; a backlog is read as fast as Kinesis allows. */
  private async pause(signal: AbortSignal): Promise<void> {
    if (!this.caughtUp) return;
    const leftMs = this.readAtMs + this.options.pollMs - this.clock.nowMs();
    if (leftMs > 0) await this.clock.sleep(leftMs, signal);
  }

  private persist<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return pRetry(action, {
      signal,
      retries: Math.ceil(this.options.patienceMs / FIRST_PAUSE_MS),
      maxRetryTime: this.options.patienceMs,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      shouldRetry: ({ error }) => passes(error) || this.isExpired(error),
    });
  }

  private async readOnce(signal: AbortSignal): Promise<RecordsAnswer> {
    this.iterator ??= await this.openIterator(signal);
    this.readAtMs = this.clock.nowMs();
    const { streamArn } = this.shard;
    const request = { StreamARN: streamArn, ShardIterator: this.iterator, Limit: RECORDS_PER_REQUEST };
    const answer = await getRecords(this.client, request, signal);
    this.iterator = answer.next;
    const last = answer.records.at(-1)?.sequenceNumber;
    if (last !== undefined) this.position = { kind: 'after', sequenceNumber: last };
    this.caughtUp = answer.behindMs === 0;
    return answer;
  }

  /** An iterator lives for five minutes: a caller who took longer with a page gets a new one, from where it was. */
  private isExpired(error: Error): boolean {
    if (error.name !== 'ExpiredIteratorException') return false;
    this.iterator = undefined;
    return true;
  }

  private async openIterator(signal: AbortSignal): Promise<string | undefined> {
    const { GetShardIteratorCommand } = await import('@aws-sdk/client-kinesis');
    const openedAtMs = this.clock.nowMs();
    const { streamArn, shardId } = this.shard;
    const input = { StreamARN: streamArn, ShardId: shardId, ...startingAt(this.position) };
    const answer = await this.client.send(new GetShardIteratorCommand(input), { abortSignal: signal });
    // "Latest" means from now on; should this iterator be lost, the next one must not start later than it did.
    if (this.position.kind === 'latest') this.position = { kind: 'at-time', ms: openedAtMs };
    return answer.ShardIterator;
  }

  private async toPage(answer: RecordsAnswer, signal: AbortSignal): Promise<ShardPage> {
    const records: StreamRecord[] = [];
    for (const record of answer.records) {
      const events = deaggregateRecord(record);
      if (events.length === 1 && events[0] === record) records.push(record);
      else for (const event of deaggregateRecord(record, await this.hashKeys(signal))) records.push(event);
    }
    return { records, behindMs: answer.behindMs };
  }

  /** Asked for only by aggregates, which say by hash key to which shard each of their events belongs. */
  private hashKeys(signal: AbortSignal): Promise<HashKeyRange | undefined> {
    const { streamArn, shardId } = this.shard;
    this.range ??= this.persist(() => listShards(this.client, streamArn, signal), signal).then((shards) => {
      const own = shards.find(({ ShardId }) => ShardId === shardId);
      return own && hashKeyRange(own);
    });
    return this.range;
  }
}

function startingAt(position: ShardPosition) {
  if (position.kind === 'trim-horizon') return { ShardIteratorType: 'TRIM_HORIZON' } as const;
  if (position.kind === 'latest') return { ShardIteratorType: 'LATEST' } as const;
  if (position.kind === 'at-time') {
    return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(position.ms) } as const;
  }
  const ShardIteratorType = position.kind === 'at' ? 'AT_SEQUENCE_NUMBER' : 'AFTER_SEQUENCE_NUMBER';
  return { ShardIteratorType, StartingSequenceNumber: position.sequenceNumber } as const;
}
