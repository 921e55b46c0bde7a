import { Buffer } from 'node:buffer';
import type { _Record, GetRecordsCommand as Command, GetRecordsInput, KinesisClient } from '@aws-sdk/client-kinesis';
import type { StreamRecord } from '../../domain/stream-onboarding/stream-record.js';

/** What one request answered; records as they are in the shard, aggregates included. */
export interface RecordsAnswer {
  readonly records: readonly StreamRecord[];
  /** Unset behind the last record of a closed shard. */
  readonly next: string | undefined;
  readonly behindMs: number;
}

/** A record of `application/x-amz-json-1.1`, which is how this SDK speaks with Kinesis. */
interface WireRecord {
  readonly SequenceNumber: string;
  readonly PartitionKey: string;
  readonly Data: string;
  readonly ApproximateArrivalTimestamp?: number;
}

/**
 * Asks for a page by the SDK, and decodes its records past the SDK's own decoder, which takes half of the time of a
 * worker: it looks at each field of each record by schema, and again for a log that nobody keeps. Whatever is no page of
 * records, errors first of all, and everything else of the answer, is left to the SDK.
 *
 * @throws errors of the SDK
 */
export async function getRecords(
  client: KinesisClient,
  input: GetRecordsInput,
  abortSignal: AbortSignal,
): Promise<RecordsAnswer> {
  const { GetRecordsCommand } = await import('@aws-sdk/client-kinesis');
  const command = new GetRecordsCommand(input);
  const taken = takeRecords(command);
  const output = await client.send(command, { abortSignal });
  const records = taken() ?? (output.Records ?? []).map((record) => fromSdk(record));
  return { records, next: output.NextShardIterator ?? undefined, behindMs: output.MillisBehindLatest ?? 0 };
}

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  body: unknown;
}

const OK = 200;
const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** Stands between the connection and the SDK's decoder, and keeps the records for itself. */
function takeRecords(command: Command): () => StreamRecord[] | undefined {
  let records: StreamRecord[] | undefined;
  command.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      records = undefined; // of a try before
      const response = result.response as Response;
      if (response.statusCode !== OK || response.headers['content-type'] !== CONTENT_TYPE) return result;
      const body = await collect(response.body as AsyncIterable<Buffer>);
      const split = splitAnswer(body);
      records = split?.records;
      response.body = split?.rest ?? body;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'takeRecords' },
  );
  return () => records;
}

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The records, and the answer without them; undefined for what the SDK had better look at itself. */
function splitAnswer(body: Buffer): { records: StreamRecord[]; rest: Buffer } | undefined {
  try {
    const { Records, ...rest } = JSON.parse(body.toString()) as { Records: WireRecord[] };
    return { records: decode(Records), rest: Buffer.from(JSON.stringify(rest)) };
  } catch {
    return undefined;
  }
}

/** All data of a page lie in one piece of memory: ten thousand small ones would be work for the garbage collector. */
function decode(wire: readonly WireRecord[]): StreamRecord[] {
  const memory = Buffer.allocUnsafeSlow(wire.reduce((sum, { Data }) => sum + decodedLength(Data), 0));
  let at = 0;
  return wire.map(({ SequenceNumber, PartitionKey, Data, ApproximateArrivalTimestamp = 0 }) => {
    const length = decodedLength(Data);
    if (memory.write(Data, at, 'base64') !== length) throw new TypeError('not Base64');
    at += length;
    return {
      sequenceNumber: SequenceNumber,
      subSequenceNumber: 0,
      partitionKey: PartitionKey,
      data: memory.subarray(at - length, at),
      arrivedAtMs: Math.round(ApproximateArrivalTimestamp * 1000),
    };
  });
}

function decodedLength(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

function fromSdk({ SequenceNumber, PartitionKey, Data, ApproximateArrivalTimestamp }: _Record): StreamRecord {
  return {
    sequenceNumber: SequenceNumber ?? '',
    subSequenceNumber: 0,
    partitionKey: PartitionKey ?? '',
    data: Data ?? new Uint8Array(),
    arrivedAtMs: ApproximateArrivalTimestamp?.getTime() ?? 0,
  };
}
