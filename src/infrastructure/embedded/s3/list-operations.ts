import { pageSize, urlEncoding } from './list-parameters.js';
import { listPage, type ListingPage, type ListingRequest } from './listing.js';
import { objectsOf } from './index-keys.js';
import type { ObjectRecord } from './records.js';
import { isoDate, quoted, type S3Answer, xmlAnswer } from './s3-answer.js';
import { OWNER, type S3Context } from './s3-context.js';
import { invalidArgument } from './s3-errors.js';
import type { BucketRequest } from './s3-request.js';
import type { XmlElement } from './xml.js';

export class ListOperations {
  constructor(private readonly context: S3Context) {}

  async listObjectsV2(request: BucketRequest): Promise<S3Answer> {
    const { bucket, query } = request;
    const encode = urlEncoding(query);
    const token = query.get('continuation-token');
    const startAfter = query.get('start-after') ?? undefined;
    const wanted = { ...listing(request), after: token === null ? (startAfter ?? '') : openToken(token) };
    const page = await this.page(bucket, wanted);
    const withOwner = query.get('fetch-owner') === 'true';
    return xmlAnswer('ListBucketResult', {
      ...common(request, wanted, page),
      KeyCount: page.entries.length + page.prefixes.length,
      StartAfter: startAfter === undefined ? undefined : encode(startAfter),
      ContinuationToken: token ?? undefined,
      NextContinuationToken: page.truncated ? sealToken(page.last) : undefined,
      ...found(page, encode, withOwner),
    });
  }

  async listObjects(request: BucketRequest): Promise<S3Answer> {
    const { bucket, query } = request;
    const encode = urlEncoding(query);
    const marker = query.get('marker') ?? '';
    const wanted = { ...listing(request), after: marker };
    const page = await this.page(bucket, wanted);
    return xmlAnswer('ListBucketResult', {
      ...common(request, wanted, page),
      Marker: encode(marker),
      // Without a delimiter, the last key tells.
      NextMarker: page.truncated && wanted.delimiter !== '' ? encode(page.last) : undefined,
      ...found(page, encode, true),
    });
  }

  private async page(bucket: string, wanted: ListingRequest): Promise<ListingPage> {
    this.context.buckets.mustExist(bucket);
    return listPage({ index: this.context.index, base: objectsOf(bucket) }, wanted);
  }
}

function listing({ query }: BucketRequest): Omit<ListingRequest, 'after'> {
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    max: pageSize(query, 'max-keys'),
  };
}

function common({ bucket, query }: BucketRequest, wanted: ListingRequest, page: ListingPage): XmlElement {
  const encode = urlEncoding(query);
  return {
    Name: bucket,
    Prefix: encode(wanted.prefix),
    Delimiter: wanted.delimiter === '' ? undefined : encode(wanted.delimiter),
    MaxKeys: wanted.max,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: page.truncated,
  };
}

function found(page: ListingPage, encode: (text: string) => string, withOwner: boolean): XmlElement {
  return {
    Contents: page.entries.map(({ key, value }) => {
      const { modifiedMs, etag, size, checksum } = JSON.parse(value) as ObjectRecord; // under an object's key
      return {
        Key: encode(key),
        LastModified: isoDate(modifiedMs),
        ETag: quoted(etag),
        ChecksumAlgorithm: checksum?.algorithm,
        ChecksumType: checksum?.type,
        Size: size,
        Owner: withOwner ? OWNER : undefined,
        StorageClass: 'STANDARD',
      };
    }),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

/** Tokens say nothing that their holder does not know. */
function sealToken(after: string): string {
  return Buffer.from(`${TOKEN}${after}`).toString('base64url');
}

function openToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (text.startsWith(TOKEN)) return text.slice(TOKEN.length);
  throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
}

const TOKEN = 'after:';
