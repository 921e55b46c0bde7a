import { setTimeout as sleep } from 'node:timers/promises';
import type { GetRecordsCommandOutput, _Record as AwsRecord } from '@aws-sdk/client-kinesis';
import type { ShardPage, ShardPosition, ShardToRead } from '../../domain/ports/stream-source.port.js';
import { deaggregateRecord } from '../../domain/stream-onboarding/kpl-aggregate.js';
import type { StreamRecord } from '../../domain/stream-onboarding/stream-record.js';
import type { Kinesis } from './kinesis-clients.js';
import { awsNameOf, isPassing, translateKinesis } from './kinesis-errors.js';

export interface ShardReaderOptions {
  /** Pause between two looks at a shard that is read to its end. */
  readonly pollMs: number;
  /** How long the shard may fail to be read before reading gives up. */
  readonly patienceMs: number;
}

/** The most Kinesis gives at once. */
const MAX_RECORDS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** Reads one shard, page by page, for as long as it is asked; holds the iterator, and where to get the next one. */
export class ShardReader {
  private iterator: string | undefined;
  private position: ShardPosition;
  private failingSinceMs: number | undefined;
  private pauseMs = FIRST_PAUSE_MS;

  constructor(
    private readonly kinesis: Kinesis,
    private readonly shard: ShardToRead,
    private readonly options: ShardReaderOptions,
  ) {
    this.position = shard.from;
  }

  async *pages(signal: AbortSignal): AsyncGenerator<ShardPage> {
    while (!signal.aborted) {
      const output = await this.next(signal);
      if (output === undefined) continue;
      const page = this.toPage(output);
      yield page;
      if (this.iterator === undefined) return;
      // A page without records need not be the last: gaps are read in many empty steps, which cost no wait.
      if (page.behindMs === 0) await pause(this.options.pollMs, signal);
    }
  }

  /** @returns undefined after a failure that is worth another try */
  private async next(signal: AbortSignal): Promise<GetRecordsCommandOutput | undefined> {
    try {
      const output = await this.getRecords(signal);
      this.failingSinceMs = undefined;
      this.pauseMs = FIRST_PAUSE_MS;
      return output;
    } catch (cause) {
      if (signal.aborted) return undefined;
      if (awsNameOf(cause) === 'ExpiredIteratorException') {
        this.iterator = undefined;
        return undefined;
      }
      await this.bear(cause, signal);
      return undefined;
    }
  }

  /** Waits for a failure to pass, growing more patient; throws it when it does not. */
  private async bear(cause: unknown, signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    this.failingSinceMs ??= nowMs;
    if (!isPassing(cause) || nowMs - this.failingSinceMs >= this.options.patienceMs) throw translateKinesis(cause);
    await pause(this.pauseMs, signal);
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
  }

  private async getRecords(abortSignal: AbortSignal): Promise<GetRecordsCommandOutput> {
    const { client, sdk } = this.kinesis;
    const { streamArn: StreamARN } = this.shard;
    this.iterator ??= await this.openIterator(abortSignal);
    const command = new sdk.GetRecordsCommand({ StreamARN, ShardIterator: this.iterator, Limit: MAX_RECORDS });
    return client.send(command, { abortSignal });
  }

  private async openIterator(abortSignal: AbortSignal): Promise<string> {
    const { client, sdk } = this.kinesis;
    const { streamArn: StreamARN, shardId: ShardId } = this.shard;
    const command = new sdk.GetShardIteratorCommand({ StreamARN, ShardId, ...iteratorInput(this.position) });
    const { ShardIterator } = await client.send(command, { abortSignal });
    if (ShardIterator === undefined) throw new Error('Kinesis gave no iterator.');
    return ShardIterator;
  }

  private toPage({ Records = [], NextShardIterator, MillisBehindLatest = 0 }: GetRecordsCommandOutput): ShardPage {
    this.iterator = NextShardIterator ?? undefined;
    const last = Records.at(-1)?.SequenceNumber;
    if (last !== undefined) this.position = { kind: 'after', sequenceNumber: last };
    return { records: Records.flatMap((record) => deaggregateRecord(toRecord(record))), behindMs: MillisBehindLatest };
  }
}

function toRecord({ SequenceNumber, PartitionKey, Data, ApproximateArrivalTimestamp }: AwsRecord): StreamRecord {
  return {
    sequenceNumber: SequenceNumber ?? '',
    subSequenceNumber: 0,
    partitionKey: PartitionKey ?? '',
    data: Data ?? new Uint8Array(),
    arrivedAtMs: ApproximateArrivalTimestamp?.getTime() ?? 0,
  };
}

type IteratorInput =
  | { ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' }
  | { ShardIteratorType: 'AT_TIMESTAMP'; Timestamp: Date }
  | { ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER'; StartingSequenceNumber: string };

function iteratorInput(position: ShardPosition): IteratorInput {
  switch (position.kind) {
    case 'trim-horizon':
      return { ShardIteratorType: 'TRIM_HORIZON' };
    case 'latest':
      return { ShardIteratorType: 'LATEST' };
    case 'at-time':
      return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(position.ms) };
    case 'at':
      return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: position.sequenceNumber };
    case 'after':
      return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: position.sequenceNumber };
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined); // aborted: the caller looks
}
