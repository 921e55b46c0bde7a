import type { _Object, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { PenstockError } from '../../domain/errors.js';
import type { ListObjects, ObjectPage, ObjectSummary } from '../../domain/ports/object-store.port.js';
import { decodeCursor, encodeCursor } from '../../domain/shared/cursor.js';
import type { S3Bucket } from './s3-connection.js';
import { isNamed, translateFailure } from './s3-errors.js';

/** One page, with keys that XML cannot hold as well. */
export async function listObjects(bucket: S3Bucket, request: ListObjects): Promise<ObjectPage> {
  const { prefix, delimiter, limit, cursor } = request;
  const command = new bucket.sdk.ListObjectsV2Command({
    Bucket: bucket.name,
    MaxKeys: limit,
    EncodingType: 'url',
    ...(prefix !== undefined && { Prefix: prefix }),
    ...(delimiter !== undefined && { Delimiter: delimiter }),
    ...(cursor !== undefined && { ContinuationToken: decodeCursor(cursor) }),
  });
  const page = await bucket.client.send(command).catch((cause: unknown) => {
    if (cursor !== undefined && (isNamed(cause, 'InvalidArgument') || isNamed(cause, 'InvalidToken'))) {
      throw new PenstockError('cursor.invalid', 'The store does not know this cursor.', { cause });
    }
    throw translateFailure(cause, `bucket "${bucket.name}"`);
  });
  return pageOf(page);
}

function pageOf(page: ListObjectsV2CommandOutput): ObjectPage {
  const { Contents = [], CommonPrefixes = [], EncodingType, IsTruncated, NextContinuationToken } = page;
  const decode = EncodingType === 'url' ? decodeKey : (text: string) => text;
  const isCut = IsTruncated === true && NextContinuationToken !== undefined;
  return {
    objects: Contents.map((object) => summaryOf(object, decode)),
    prefixes: CommonPrefixes.map(({ Prefix = '' }) => decode(Prefix)),
    ...(isCut && { next: encodeCursor(NextContinuationToken) }),
  };
}

function summaryOf(
  { Key = '', Size = 0, LastModified, ETag = '' }: _Object,
  decode: (text: string) => string,
): ObjectSummary {
  return { key: decode(Key), size: Size, lastModified: LastModified ?? new Date(0), etag: ETag };
}

/** As forms are encoded, which is how S3 does it. */
function decodeKey(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
