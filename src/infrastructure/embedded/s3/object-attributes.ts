import { AwsError } from '../aws/aws-error.js';
import { checksumHeader } from './checksum-algorithms.js';
import { S3_LIMITS } from './limits.js';
import type { Checksum, ObjectAttributes, ObjectRecord } from './records.js';
import { quoted } from './s3-answer.js';
import { invalidArgument } from './s3-errors.js';
import type { RequestHeaders, S3Request } from './s3-request.js';
import { tagsOfHeader } from './tags.js';

const STANDARD_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const DEFAULT_TYPE = 'binary/octet-stream';
const METADATA = 'x-amz-meta-';

/** What a client says about the object it makes. @throws AwsError `MetadataTooLarge`, `InvalidTag`, … */
export function attributesOf(headers: RequestHeaders): ObjectAttributes {
  const metadata = headers.startingWith(METADATA);
  const bytes = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > S3_LIMITS.metadataBytes) {
    const details = { Size: String(bytes), MaxSizeAllowed: String(S3_LIMITS.metadataBytes) };
    const message = 'Your metadata headers exceed the maximum allowed metadata size';
    throw new AwsError('MetadataTooLarge', message, 400, details);
  }
  return { headers: standardHeaders(headers), metadata, tags: tagsOfHeader(headers.get('x-amz-tagging')) };
}

function standardHeaders(headers: RequestHeaders): Record<string, string> {
  const said = STANDARD_HEADERS.flatMap((name): [string, string][] => {
    const value = name === 'content-encoding' ? contentEncoding(headers) : headers.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { 'content-type': DEFAULT_TYPE, ...Object.fromEntries(said) };
}

/** How the request was sent is no matter of the object. */
function contentEncoding(headers: RequestHeaders): string | undefined {
  const codings = (headers.get('content-encoding') ?? '').split(',').map((coding) => coding.trim());
  return codings.filter((coding) => coding !== '' && coding !== 'aws-chunked').join(',') || undefined;
}

/** The headers an object is handed out with. */
export function objectHeaders(record: ObjectRecord): Record<string, string> {
  const metadata = Object.entries(record.metadata).map(([name, value]) => [METADATA + name, value]);
  return {
    ...record.headers,
    ...Object.fromEntries(metadata),
    etag: quoted(record.etag),
    'last-modified': new Date(record.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    ...(record.tags.length > 0 ? { 'x-amz-tagging-count': String(record.tags.length) } : {}),
  };
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** A checksum as XML has it. */
export function checksumElement(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {};
}

/** Headers a reader asks for in place of the object's own. */
export function overridingHeaders({ query }: S3Request): Record<string, string> {
  const overrides = STANDARD_HEADERS.flatMap((name): [string, string][] => {
    const value = query.get(`response-${name}`);
    if (value === null) return [];
    // Node refuses to send these; so does HTTP.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw invalidArgument(`response-${name}`, value, 'Header value cannot be represented using ISO-8859-1.');
    }
    return [[name, value]];
  });
  return Object.fromEntries(overrides);
}
