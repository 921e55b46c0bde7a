import type { KinesisClient, PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { OutgoingRecord, StreamSink } from '../../domain/ports/stream-sink.port.js';
import type { KinesisClients } from './kinesis-clients.js';
import { isOutage, passes, translateFailure } from './kinesis-errors.js';

export interface StreamSinkOptions {
  /** Bytes of one request, partition keys included. */
  readonly maxPutBytes: number;
}

const MAX_PUT_RECORDS = 500;
/** Tries of one request whose records are refused, with pauses that double from the first to the longest. */
const MAX_TRIES = 12;
/** Each of these is three tries of the SDK: whoever publishes shall hear soon that nobody answers. */
const MAX_OUTAGE_TRIES = 3;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const ACTIVE_POLL_MS = 250;
const MAX_ACTIVE_POLLS = 480;

/** Kinesis data streams, written by PutRecords. */
export class KinesisStreamSink implements StreamSink {
  constructor(
    private readonly clients: KinesisClients,
    private readonly clock: Clock,
    private readonly options: StreamSinkOptions,
  ) {}

  async ensure(streamName: string, shards: number): Promise<void> {
    try {
      const client = await this.clients.for('service');
      if (!(await this.exists(client, streamName))) await this.create(client, streamName, shards);
      await this.untilActive(client, streamName);
    } catch (cause) {
      throw translateFailure(cause, `stream "${streamName}"`);
    }
  }

  async publish(streamName: string, records: readonly OutgoingRecord[]): Promise<number> {
    try {
      const client = await this.clients.for('service');
      for (const entries of this.requests(records)) await this.put(client, streamName, entries);
      return records.length;
    } catch (cause) {
      throw translateFailure(cause, `records for stream "${streamName}"`);
    }
  }

  private async exists(client: KinesisClient, streamName: string): Promise<boolean> {
    return (await this.status(client, streamName)) !== undefined;
  }

  private async create(client: KinesisClient, streamName: string, shards: number): Promise<void> {
    const { CreateStreamCommand } = await import('@aws-sdk/client-kinesis');
    const command = () => client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: shards }));
    await this.persist(command).catch((cause: unknown) => {
      // Somebody else was faster.
      if (!(cause instanceof Error) || cause.name !== 'ResourceInUseException') throw cause;
    });
  }

  private async untilActive(client: KinesisClient, streamName: string): Promise<void> {
    for (let poll = 0; poll < MAX_ACTIVE_POLLS; poll += 1) {
      const status = await this.persist(() => this.status(client, streamName));
      if (status === 'ACTIVE' || status === 'UPDATING') return;
      await this.clock.sleep(ACTIVE_POLL_MS);
    }
    throw new PenstockError('stream.unreachable', `Stream "${streamName}" does not become active.`);
  }

  private async status(client: KinesisClient, streamName: string): Promise<string | undefined> {
    const { DescribeStreamSummaryCommand } = await import('@aws-sdk/client-kinesis');
    try {
      const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
      return answer.StreamDescriptionSummary?.StreamStatus;
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'ResourceNotFoundException') return undefined;
      throw cause;
    }
  }

  /** In order: a request is sent when the one before has been taken as a whole. */
  private *requests(records: readonly OutgoingRecord[]): Generator<PutRecordsRequestEntry[]> {
    let entries: PutRecordsRequestEntry[] = [];
    let bytes = 0;
    for (const { partitionKey, data } of records) {
      const size = data.length + Buffer.byteLength(partitionKey);
      if (entries.length > 0 && (entries.length === MAX_PUT_RECORDS || bytes + size > this.options.maxPutBytes)) {
        yield entries;
        entries = [];
        bytes = 0;
      }
      entries.push({ PartitionKey: partitionKey, Data: data });
      bytes += size;
    }
    if (entries.length > 0) yield entries;
  }

  private async put(client: KinesisClient, streamName: string, entries: PutRecordsRequestEntry[]): Promise<void> {
    const { PutRecordsCommand } = await import('@aws-sdk/client-kinesis');
    let left = entries;
    await this.persist(async () => {
      const { Records } = await client.send(new PutRecordsCommand({ StreamName: streamName, Records: left }));
      left = left.filter((_, index) => Records?.[index]?.ErrorCode !== undefined);
      if (left.length > 0) throw new RecordsRefused(left.length);
    });
  }

  private persist<T>(action: () => Promise<T>): Promise<T> {
    return pRetry(action, {
      retries: MAX_TRIES - 1,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      shouldRetry: ({ error, attemptNumber }) =>
        isOutage(error) ? attemptNumber < MAX_OUTAGE_TRIES : error instanceof RecordsRefused || passes(error),
    });
  }
}

/** Some records of a request were refused, as is usual above a shard's limits. */
class RecordsRefused extends PenstockError {
  constructor(count: number) {
    super('stream.throttled', `Kinesis kept refusing ${count} records of a request.`);
  }
}
