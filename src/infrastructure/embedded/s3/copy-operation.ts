import { isChecksumAlgorithm, type ChecksumAlgorithm } from './checksum-algorithms.js';
import { writeCondition } from './conditions.js';
import { copySource, withCopySource } from './copy-source.js';
import { S3_LIMITS } from './limits.js';
import { attributesOf, checksumElement } from './object-attributes.js';
import type { OpenObject } from './object-catalog.js';
import { newObject } from './put-operations.js';
import { copyContent, type StoredContent } from './received-content.js';
import type { ObjectAttributes, ObjectRecord } from './records.js';
import { isoDate, quoted, type S3Answer, xmlAnswer } from './s3-answer.js';
import type { S3Context } from './s3-context.js';
import { invalidArgument, invalidRequest, notImplemented } from './s3-errors.js';
import type { ObjectRequest } from './s3-request.js';

export class CopyOperation {
  constructor(private readonly context: S3Context) {}

  async copyObject(request: ObjectRequest): Promise<S3Answer> {
    const { bucket, key, headers } = request;
    const condition = writeCondition(key, headers);
    const directive = copyOrReplace(request, 'x-amz-metadata-directive');
    checkSelfCopy(request, directive);
    this.context.buckets.mustExist(bucket);
    const record = await withCopySource(this.context, request, async (source) => {
      checkSize(source.record.size);
      condition(this.context.objects.find(bucket, key));
      const attributes = copiedAttributes(request, source.record, directive);
      return this.content(source, wantedAlgorithm(request, source.record), async (content) => {
        const copy = newObject(this.context, attributes, content);
        const { buckets, objects } = this.context;
        await buckets.within(bucket, () => objects.store(bucket, key, copy, condition));
        return copy.record;
      });
    });
    return xmlAnswer('CopyObjectResult', {
      LastModified: isoDate(record.modifiedMs),
      ETag: quoted(record.etag),
      ...checksumElement(record.checksum),
    });
  }

  /** Digests that are known need not be computed again. */
  private content<T>(
    { record, slices }: OpenObject,
    algorithm: ChecksumAlgorithm | undefined,
    keep: (content: StoredContent) => Promise<T>,
  ): Promise<T> {
    const { upload, checksum, size, etag } = record;
    const known = !upload && (algorithm === undefined || algorithm === checksum?.algorithm);
    if (!known) return copyContent(this.context.files, slices, algorithm, keep);
    return keep({ size, slices, md5: Buffer.from(etag, 'hex'), ...(checksum && algorithm ? { checksum } : {}) });
  }
}

type Directive = 'COPY' | 'REPLACE';

function copyOrReplace({ headers }: ObjectRequest, name: string): Directive {
  const directive = headers.get(name) ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive;
  throw invalidArgument(name, directive, `Unknown ${name.slice('x-amz-'.length).replace('-', ' ')}.`);
}

function checkSelfCopy(request: ObjectRequest, directive: Directive): void {
  const source = copySource(request);
  const same = source.bucket === request.bucket && source.key === request.key;
  if (!same || directive === 'REPLACE') return;
  throw invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

function checkSize(size: number): void {
  if (size <= S3_LIMITS.maxPutBytes) return;
  throw invalidRequest(
    `The specified copy source is larger than the maximum allowable size for a copy source: ${S3_LIMITS.maxPutBytes}`,
  );
}

function copiedAttributes(request: ObjectRequest, source: ObjectRecord, directive: Directive): ObjectAttributes {
  const given = attributesOf(request.headers);
  const { headers, metadata } = directive === 'REPLACE' ? given : source;
  const tagging = copyOrReplace(request, 'x-amz-tagging-directive');
  return { headers, metadata, tags: tagging === 'REPLACE' ? given.tags : source.tags };
}

function wantedAlgorithm({ headers }: ObjectRequest, source: ObjectRecord): ChecksumAlgorithm | undefined {
  const wanted = headers.get('x-amz-checksum-algorithm')?.toUpperCase();
  if (wanted === undefined) return source.checksum?.algorithm;
  if (isChecksumAlgorithm(wanted)) return wanted;
  throw notImplemented('x-amz-checksum-algorithm');
}
