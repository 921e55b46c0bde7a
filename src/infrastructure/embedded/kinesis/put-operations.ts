import { AwsError } from '../aws/aws-error.js';
import type { AwsJsonInput, AwsJsonOperation } from '../aws/aws-json-endpoint.js';
import { readFields, text, validationError } from '../aws/request-fields.js';
import { hashKeyFromDecimal, hashKeyOf } from './hash-key.js';
import { findUsableStream, type KinesisContext, STREAM_FIELDS } from './kinesis-context.js';
import { LARGE_REQUEST_BYTES } from './limits.js';
import type { RoutedRecord } from './stream.js';

const SEQUENCE_NUMBER = text({ pattern: /^(0|([1-9]\d{0,128}))$/ });
const MAX_PARTITION_KEY_CHARS = 256;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const DECIMAL = /^(0|[1-9]\d{0,38})$/;
const DEFAULT_RECORD_KIB = 1024;

/** Records into streams. Every record is checked by hand: the general reader would cost more than the writing. */
export class PutOperations {
  constructor(private readonly context: KinesisContext) {}

  operations(): [string, AwsJsonOperation][] {
    return [
      ['PutRecord', (input) => this.putRecord(input)],
      ['PutRecords', (input) => this.putRecords(input)],
    ];
  }

  private async putRecord(input: AwsJsonInput): Promise<object> {
    const fields = { ...STREAM_FIELDS, SequenceNumberForOrdering: SEQUENCE_NUMBER };
    const reference = readFields(input, fields);
    const stream = findUsableStream(this.context, reference);
    const record = readRecord(input, '', stream.metadata.maxRecordKiB);
    const [outcome] = await stream.put([record]);
    if (outcome && 'SequenceNumber' in outcome) return { ...outcome, EncryptionType: 'NONE' };
    if (outcome?.ErrorCode === 'InternalFailure') throw new AwsError(outcome.ErrorCode, outcome.ErrorMessage, 500);
    throw new AwsError('ProvisionedThroughputExceededException', outcome?.ErrorMessage ?? 'Rate exceeded.');
  }

  private async putRecords(input: AwsJsonInput): Promise<object> {
    const stream = findUsableStream(this.context, readFields(input, STREAM_FIELDS));
    const { maxRecordKiB } = stream.metadata;
    const entries = this.entries(input['Records']);
    const records = entries.map((entry, at) => readRecord(entry, `records.${at + 1}.member.`, maxRecordKiB));
    const bytes = records.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
    const { maxRequestBytes } = this.context.limits;
    const most = maxRecordKiB > DEFAULT_RECORD_KIB ? Math.max(maxRequestBytes, LARGE_REQUEST_BYTES) : maxRequestBytes;
    if (bytes > most) throw new AwsError('InvalidArgumentException', `Records size exceeds ${most} bytes limit.`);
    const outcomes = await stream.put(records);
    const FailedRecordCount = outcomes.reduce((sum, outcome) => sum + ('ErrorCode' in outcome ? 1 : 0), 0);
    return { FailedRecordCount, Records: outcomes, EncryptionType: 'NONE' };
  }

  private entries(value: unknown): AwsJsonInput[] {
    const most = this.context.limits.putRecords;
    if (value === undefined || value === null) throw invalid('records', 'Member must not be null');
    if (!Array.isArray(value) || !value.every(isStructure)) throw wrongType('records', 'a list of records');
    if (value.length === 0) throw invalid('records', 'Member must have length greater than or equal to 1');
    if (value.length > most) throw invalid('records', `Member must have length less than or equal to ${most}`);
    return value;
  }
}

function readRecord(entry: AwsJsonInput, path: string, maxRecordKiB: number): RoutedRecord {
  const { ExplicitHashKey: explicit } = entry;
  const data = present(entry['Data'], `${path}data`);
  const partitionKey = present(entry['PartitionKey'], `${path}partitionKey`);
  if (typeof data !== 'string' || data.length % 4 !== 0 || !BASE64.test(data)) throw wrongType(`${path}data`, 'base64');
  if (typeof partitionKey !== 'string') throw wrongType(`${path}partitionKey`, 'a string');
  const most = maxRecordKiB * 1024;
  const payloadBytes = decodedBytes(data) + Buffer.byteLength(partitionKey);
  if (payloadBytes > most) throw invalid(`${path}data`, `Member must have length less than or equal to ${most}`);
  checkPartitionKey(partitionKey, `${path}partitionKey`);
  const hashKey = explicit === undefined || explicit === null ? hashKeyOf(partitionKey) : explicitKey(explicit, path);
  return { data, partitionKey, payloadBytes, hashKey };
}

function present(value: unknown, path: string): unknown {
  if (value !== undefined && value !== null) return value;
  throw invalid(path, 'Member must not be null');
}

/** The key of a record is its producer's business: it stays out of messages. */
function checkPartitionKey(key: string, path: string): void {
  if (key.length < 1) throw invalid(path, 'Member must have length greater than or equal to 1');
  if (key.length <= MAX_PARTITION_KEY_CHARS) return;
  throw invalid(path, `Member must have length less than or equal to ${MAX_PARTITION_KEY_CHARS}`);
}

function explicitKey(value: unknown, path: string): string {
  if (typeof value !== 'string') throw wrongType(`${path}explicitHashKey`, 'a string');
  if (!DECIMAL.test(value)) {
    throw invalid(`${path}explicitHashKey`, 'Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})');
  }
  const key = hashKeyFromDecimal(value);
  if (key !== undefined) return key;
  throw new AwsError('InvalidArgumentException', 'Invalid ExplicitHashKey. It must be in the range [0, 2^128-1].');
}

function decodedBytes(base64: string): number {
  if (base64.endsWith('==')) return (base64.length / 4) * 3 - 2;
  return (base64.length / 4) * 3 - (base64.endsWith('=') ? 1 : 0);
}

function isStructure(value: unknown): value is AwsJsonInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(path: string, must: string): AwsError {
  return validationError([`Value at '${path}' failed to satisfy constraint: ${must}`]);
}

function wrongType(path: string, expected: string): AwsError {
  return new AwsError('SerializationException', `The value at '${path}' is not ${expected}.`);
}
