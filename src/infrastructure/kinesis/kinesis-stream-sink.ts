import type { KinesisClient, PutRecordsRequestEntry, PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import { type OutgoingRecord, RecordsGivenUp, type StreamSink } from '../../domain/ports/stream-sink.port.js';
import type { KinesisClients } from './kinesis-clients.js';
import { isOutage, passes, translateFailure } from './kinesis-errors.js';
import { type PutEntry, PutQueue, type WaitingRecord } from './put-queue.js';

export interface StreamSinkOptions {
  /** Bytes of one request, partition keys included. */
  readonly maxPutBytes: number;
  /** Whether records of one key that may be packed are. */
  readonly aggregate: boolean;
}

/** Tries of one request or record, with pauses that double from the first to the longest. */
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
    const queue = new PutQueue(records, this.options);
    try {
      const client = await this.clients.for('service');
      await this.putAll(client, streamName, queue);
      return records.length;
    } catch (cause) {
      const failure = translateFailure(cause, `records for stream "${streamName}"`);
      if (!(failure instanceof PenstockError)) throw failure;
      throw new RecordsGivenUp(failure.code, queue.indexes, failure.message, { cause: failure.cause ?? failure });
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

  /** A request is sent when the one before is answered; refused records go along with the next one. */
  private async putAll(client: KinesisClient, streamName: string, queue: PutQueue): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!queue.isEmpty) {
      const refused = await this.put(client, streamName, queue);
      if (refused.some(({ refusals }) => refusals >= MAX_TRIES)) throw refusal(refused.length);
      if (refused.length > 0) await this.clock.sleep(pauseMs * (1 + Math.random()));
      pauseMs = refused.length === 0 ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** @returns the refused ones, which wait again; as all do when the request fails */
  private async put(client: KinesisClient, StreamName: string, queue: PutQueue): Promise<readonly WaitingRecord[]> {
    const { PutRecordsCommand } = await import('@aws-sdk/client-kinesis');
    const entries = queue.next();
    const Records = await requestEntries(entries);
    let answers: readonly PutRecordsResultEntry[] | undefined;
    try {
      answers = (await this.persist(() => client.send(new PutRecordsCommand({ StreamName, Records })))).Records;
    } catch (cause) {
      queue.putBack(entries.flatMap(({ members }) => members));
      throw cause;
    }
    const refused = entries
      .filter((_, at) => answers?.[at]?.SequenceNumber === undefined)
      .flatMap(({ members }) => members.map((each) => ({ ...each, refusals: each.refusals + 1 })));
    queue.putBack(refused);
    return refused;
  }

  private persist<T>(action: () => Promise<T>): Promise<T> {
    return pRetry(action, {
      retries: MAX_TRIES - 1,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      shouldRetry: ({ error, attemptNumber }) => (isOutage(error) ? attemptNumber < MAX_OUTAGE_TRIES : passes(error)),
    });
  }
}

async function requestEntries(entries: readonly PutEntry[]): Promise<PutRecordsRequestEntry[]> {
  const isPacking = entries.some(({ members }) => members.length > 1);
  const pack = isPacking ? (await import('./packed-record.js')).packedRecord : undefined;
  return entries.map(({ partitionKey, members }) => {
    const data = members.map(({ record }) => record.data);
    const [only] = data;
    return { PartitionKey: partitionKey, Data: data.length > 1 && pack ? pack(partitionKey, data) : only };
  });
}

/** Some records of a request were refused again and again, as is usual above a shard's limits. */
const refusal = (count: number): PenstockError =>
  new PenstockError('stream.throttled', `Kinesis kept refusing ${count} records.`);
