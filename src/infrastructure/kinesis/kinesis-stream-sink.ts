import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import pRetry, { AbortError } from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { OutgoingRecord, StreamSink } from '../../domain/ports/stream-sink.port.js';
import type { Kinesis, KinesisClients } from './kinesis-clients.js';
import { awsNameOf, isPassing, translateKinesis } from './kinesis-errors.js';

export interface KinesisSinkOptions {
  /** Largest request, partition keys included. */
  readonly maxPutBytes: number;
}

const MAX_RECORDS_A_REQUEST = 500;
const RETRIES = 8;
const CREATE_LIMIT_SECONDS = 60;

/** Publishes to Kinesis data streams. */
export class KinesisStreamSink implements StreamSink {
  constructor(
    private readonly clients: KinesisClients,
    private readonly options: KinesisSinkOptions,
  ) {}

  async ensure(streamName: string, shards: number): Promise<void> {
    try {
      const { client, sdk } = await this.clients.for('service');
      const create = new sdk.CreateStreamCommand({ StreamName: streamName, ShardCount: shards });
      await client.send(create).catch((cause: unknown) => {
        if (awsNameOf(cause) !== 'ResourceInUseException') throw cause; // it is there
      });
      const wait = { client, maxWaitTime: CREATE_LIMIT_SECONDS, minDelay: 0.05, maxDelay: 2 };
      await sdk.waitUntilStreamExists(wait, { StreamName: streamName });
    } catch (cause) {
      throw translateKinesis(cause, streamName);
    }
  }

  async publish(streamName: string, records: readonly OutgoingRecord[]): Promise<number> {
    const kinesis = await this.clients.for('service');
    for (const part of requests(records, this.options.maxPutBytes)) await putAll(kinesis, streamName, part);
    return records.length;
  }
}

/** One request, and further ones with what was refused of it. A refused record may so come behind a later one of its key. */
async function putAll(kinesis: Kinesis, streamName: string, entries: PutRecordsRequestEntry[]): Promise<void> {
  let left = entries;
  const attempt = async (): Promise<void> => {
    try {
      left = await put(kinesis, streamName, left);
    } catch (cause) {
      const failure = translateKinesis(cause, streamName);
      throw isPassing(cause) ? failure : new AbortError(failure);
    }
    if (left.length > 0) {
      throw new PenstockError('stream.throttled', `"${streamName}" did not take ${left.length} records in time.`);
    }
  };
  await pRetry(attempt, { retries: RETRIES, minTimeout: 50, maxTimeout: 2000, randomize: true });
}

/** @returns the entries that were not taken */
async function put(
  { client, sdk }: Kinesis,
  StreamName: string,
  Records: PutRecordsRequestEntry[],
): Promise<PutRecordsRequestEntry[]> {
  const output = await client.send(new sdk.PutRecordsCommand({ StreamName, Records }));
  if (!output.FailedRecordCount) return [];
  return Records.filter((_, index) => output.Records?.[index]?.ErrorCode !== undefined);
}

function* requests(records: readonly OutgoingRecord[], maxBytes: number): Generator<PutRecordsRequestEntry[]> {
  let part: PutRecordsRequestEntry[] = [];
  let bytes = 0;
  for (const { partitionKey, data } of records) {
    const size = data.byteLength + Buffer.byteLength(partitionKey);
    if (part.length > 0 && (part.length === MAX_RECORDS_A_REQUEST || bytes + size > maxBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push({ PartitionKey: partitionKey, Data: data });
    bytes += size;
  }
  if (part.length > 0) yield part;
}
