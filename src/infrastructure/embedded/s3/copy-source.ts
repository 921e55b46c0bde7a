import { checkCopySource } from './conditions.js';
import type { OpenObject } from './object-catalog.js';
import type { S3Context } from './s3-context.js';
import { invalidArgument, noSuchKey } from './s3-errors.js';
import { checkKey, type ObjectRequest } from './s3-request.js';
import { AwsError } from '../aws/aws-error.js';

export const COPY_SOURCE = 'x-amz-copy-source';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
}

/** @throws AwsError `InvalidArgument` */
export function copySource({ headers }: ObjectRequest): CopySource {
  const text = headers.get(COPY_SOURCE) ?? '';
  const [path = '', query = ''] = text.split('?', 2);
  const [, bucket, key] = /^\/?([^/]+)\/([\s\S]+)$/.exec(decode(path)) ?? [];
  if (bucket === undefined || key === undefined) {
    throw invalidArgument(
      COPY_SOURCE,
      text,
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  checkVersion(new URLSearchParams(query).get('versionId'));
  checkKey(key);
  return { bucket, key };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument(COPY_SOURCE, text, 'Copy Source must be URL-encoded UTF-8');
  }
}

/** What was never versioned has one version, which is called null. @throws AwsError `NoSuchVersion` */
export function checkVersion(versionId: string | null): void {
  if (versionId === null || versionId === 'null') return;
  throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, { VersionId: versionId });
}

/** Reads from the source of a copy, if it is as the request wants it. */
export async function withCopySource<T>(
  context: S3Context,
  request: ObjectRequest,
  work: (source: OpenObject) => Promise<T>,
): Promise<T> {
  const { bucket, key } = copySource(request);
  context.buckets.mustExist(bucket);
  const source = context.objects.open(bucket, key);
  if (!source) throw noSuchKey(key);
  try {
    checkCopySource(source.record, request.headers);
    return await work(source);
  } finally {
    source.close();
  }
}
