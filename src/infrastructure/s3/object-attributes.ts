import type { HeadObjectCommandOutput, PutObjectCommandInput, Tag } from '@aws-sdk/client-s3';
import type { ObjectHead } from '../../domain/ports/object-store.port.js';

/** What an object is stored with besides its content; a patch keeps all of it. */
export type Attributes = Pick<
  PutObjectCommandInput,
  | 'BucketKeyEnabled'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentType'
  | 'Expires'
  | 'Metadata'
  | 'SSEKMSKeyId'
  | 'ServerSideEncryption'
  | 'StorageClass'
  | 'Tagging'
  | 'WebsiteRedirectLocation'
>;

const KEPT = [
  'BucketKeyEnabled',
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'Metadata',
  'SSEKMSKeyId',
  'ServerSideEncryption',
  'StorageClass',
  'WebsiteRedirectLocation',
] as const satisfies readonly (keyof Attributes & keyof HeadObjectCommandOutput)[];

export function attributesOf(head: HeadObjectCommandOutput, tags: readonly Tag[]): Attributes {
  const kept = KEPT.filter((name) => head[name] !== undefined).map((name) => [name, head[name]] as const);
  const expires = head.ExpiresString === undefined ? Number.NaN : Date.parse(head.ExpiresString);
  return {
    ...(Object.fromEntries(kept) as Attributes), // the same names with the same types, see KEPT
    ...(!Number.isNaN(expires) && { Expires: new Date(expires) }),
    ...(tags.length > 0 && { Tagging: taggingOf(tags) }),
  };
}

function taggingOf(tags: readonly Tag[]): string {
  const encode = (text: string | undefined): string => encodeURIComponent(text ?? '');
  return tags.map(({ Key, Value }) => `${encode(Key)}=${encode(Value)}`).join('&');
}

/** What the port tells of an object. */
export function headOf(key: string, output: Omit<HeadObjectCommandOutput, '$metadata'>, size: number): ObjectHead {
  const { ETag = '', LastModified = new Date(0), ContentType, ContentEncoding, VersionId, Metadata = {} } = output;
  return {
    key,
    size,
    etag: ETag,
    lastModified: LastModified,
    metadata: Metadata,
    ...(ContentType !== undefined && { contentType: ContentType }),
    // The SDK's own way to send a stream, which some stores keep.
    ...(ContentEncoding !== undefined && ContentEncoding !== 'aws-chunked' && { contentEncoding: ContentEncoding }),
    ...(VersionId !== undefined && VersionId !== 'null' && { versionId: VersionId }),
  };
}
