import { AwsError } from '../aws/aws-error.js';
import { byteRange, type ByteRange } from './byte-range.js';
import { rangeStillHolds, readOutcome } from './conditions.js';
import { checksumHeaders, objectHeaders, overridingHeaders } from './object-attributes.js';
import type { OpenObject } from './object-catalog.js';
import type { ObjectPart } from './records.js';
import type { S3Answer } from './s3-answer.js';
import type { S3Context } from './s3-context.js';
import { invalidArgument, invalidRequest, noSuchKey } from './s3-errors.js';
import type { ObjectRequest } from './s3-request.js';
import { sliceRange } from './slices.js';

/** Which bytes of an object are asked for, and what is to be said about them. */
interface Wanted extends ByteRange {
  readonly partial: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export class GetOperations {
  constructor(private readonly context: S3Context) {}

  /** GetObject, and HeadObject, which differs in that nothing is sent. */
  async getObject(request: ObjectRequest): Promise<S3Answer> {
    const { bucket, key } = request;
    this.context.buckets.mustExist(bucket);
    const content = this.context.objects.open(bucket, key);
    if (!content) throw noSuchKey(key);
    try {
      return answer(request, content);
    } catch (error) {
      content.close();
      throw error;
    }
  }
}

function answer(request: ObjectRequest, content: OpenObject): S3Answer {
  const { record, slices } = content;
  const headers = { ...objectHeaders(record), ...overridingHeaders(request) };
  if (readOutcome(record, request.headers) === 'unmodified') {
    content.close();
    return { status: 304, headers: unmodifiedHeaders(headers) };
  }
  const wanted = wantedBytes(request, content);
  const { first, length, partial } = wanted;
  return {
    status: partial ? 206 : 200,
    headers: { ...headers, ...wanted.headers, 'content-length': String(length) },
    body: { content, slices: sliceRange(slices, first, length) },
  };
}

function unmodifiedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => UNMODIFIED_HEADERS.has(name)));
}

const UNMODIFIED_HEADERS = new Set(['etag', 'last-modified', 'cache-control', 'expires']);

function wantedBytes(request: ObjectRequest, content: OpenObject): Wanted {
  const { record } = content;
  const number = request.query.get('partNumber');
  if (number !== null) return wantedPart(request, content, number);
  const range = rangeStillHolds(record, request.headers)
    ? byteRange(request.headers.get('range'), record.size)
    : undefined;
  if (range) return { ...range, partial: true, headers: contentRange(range, record.size) };
  // The checksum of the whole would not be that of a range.
  const headers = wantsChecksum(request) ? checksumHeaders(record.checksum) : {};
  return { first: 0, length: record.size, partial: false, headers };
}

function wantsChecksum({ headers }: ObjectRequest): boolean {
  return headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
}

function contentRange({ first, length }: ByteRange, size: number): Record<string, string> {
  return { 'content-range': `bytes ${first}-${first + length - 1}/${size}` };
}

function wantedPart(request: ObjectRequest, { record, parts = [] }: OpenObject, text: string): Wanted {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive');
  }
  if (request.headers.has('range')) {
    throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
  }
  if (!record.upload) return onlyPart(record.size, number);
  const at = number - 1; // in the order of the object; numbers may have had gaps
  const part = parts[at];
  if (!part) throw noSuchPart();
  const first = parts.slice(0, at).reduce((sum, { size }) => sum + size, 0);
  const range = { first, length: part.size };
  const headers = {
    ...contentRange(range, record.size),
    ...partChecksum(request, record.checksum, part),
    'x-amz-mp-parts-count': String(parts.length),
  };
  return { ...range, partial: true, headers };
}

function partChecksum(
  request: ObjectRequest,
  whole: OpenObject['record']['checksum'],
  { checksum }: ObjectPart,
): Record<string, string> {
  if (!whole || checksum === undefined || !wantsChecksum(request)) return {};
  return checksumHeaders({ ...whole, value: checksum });
}

/** An object in one piece is its own first part. */
function onlyPart(size: number, number: number): Wanted {
  if (number > 1) throw noSuchPart();
  const range = { first: 0, length: size };
  return { ...range, partial: size > 0, headers: size > 0 ? contentRange(range, size) : {} };
}

function noSuchPart(): AwsError {
  return new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416);
}
