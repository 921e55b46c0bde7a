import { createHash } from 'node:crypto';
import { checksumHeader, compositeChecksum, wholeChecksum } from './checksum-algorithms.js';
import { writeCondition } from './conditions.js';
import { chosenParts, type ListedPart, listedParts } from './listed-parts.js';
import { checksumElement } from './object-attributes.js';
import type { Condition, NewObject } from './object-catalog.js';
import { announcedDigests } from './payload-digests.js';
import { readText } from './read-text.js';
import type { Checksum, ObjectRecord, PartRecord, UploadRecord } from './records.js';
import { quoted, type S3Answer, xmlAnswer } from './s3-answer.js';
import { newId, type S3Context, thisSecond } from './s3-context.js';
import { badDigest, invalidRequest, noSuchUpload } from './s3-errors.js';
import type { ObjectRequest, RequestHeaders } from './s3-request.js';
import { uploadPlace } from './upload-operations.js';

export class CompleteOperation {
  constructor(private readonly context: S3Context) {}

  async completeUpload(request: ObjectRequest): Promise<S3Answer> {
    const { bucket, key, headers } = request;
    const { buckets, uploads } = this.context;
    const condition = writeCondition(key, headers);
    const listed = listedParts(await readText(withoutChecksum(request)));
    const record = await buckets.within(bucket, () =>
      uploads.alone(uploadPlace(request), (upload) =>
        upload ? this.complete(upload, { listed, headers, condition }) : this.completedBefore(request),
      ),
    );
    return xmlAnswer('CompleteMultipartUploadResult', {
      Location: `http://${headers.get('host') ?? ''}/${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`,
      Bucket: bucket,
      Key: key,
      ETag: quoted(record.etag),
      ...checksumElement(record.checksum),
    });
  }

  /** The parts become an object where they lie; nothing is copied. */
  private async complete(
    upload: UploadRecord,
    { listed, headers, condition }: { listed: ListedPart[]; headers: RequestHeaders; condition: Condition },
  ): Promise<ObjectRecord> {
    const { uploads, objects } = this.context;
    const parts = chosenParts(upload, await uploads.parts(upload.id), listed);
    const object = this.newObject(upload, parts);
    checkAnnouncements(headers, object.record);
    const along = await uploads.removal(upload);
    await objects.store(upload.bucket, upload.key, { ...object, along }, condition);
    return object.record;
  }

  /** A client that got no answer asks again; what it wanted has been done. */
  private async completedBefore({ bucket, key, query }: ObjectRequest): Promise<ObjectRecord> {
    const uploadId = query.get('uploadId') ?? '';
    const current = this.context.objects.find(bucket, key);
    if (current?.upload?.id === uploadId) return current;
    throw noSuchUpload(uploadId);
  }

  private newObject(upload: UploadRecord, parts: readonly PartRecord[]): NewObject {
    const { headers, metadata, tags } = upload;
    const checksum = uploadChecksum(upload, parts);
    const record: ObjectRecord = {
      id: newId(this.context.now()),
      size: parts.reduce((sum, { size }) => sum + size, 0),
      etag: multipartEtag(parts),
      modifiedMs: thisSecond(this.context),
      headers,
      metadata,
      tags,
      ...(checksum ? { checksum } : {}),
      upload: { id: upload.id, parts: parts.length },
    };
    const list = parts.map(({ number, size, slices, checksum: sum }) => ({
      number,
      size,
      slices,
      ...(sum === undefined ? {} : { checksum: sum }),
    }));
    return { record, partList: { parts: list } };
  }
}

/** What stands in the headers here is the checksum of the object, not of the list of its parts. */
function withoutChecksum(request: ObjectRequest): ObjectRequest {
  return { ...request, headers: request.headers.without((name) => name.startsWith('x-amz-checksum-')) };
}

function multipartEtag(parts: readonly PartRecord[]): string {
  const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')));
  return `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
}

function uploadChecksum({ checksum }: UploadRecord, parts: readonly PartRecord[]): Checksum | undefined {
  if (!checksum) return undefined;
  const { algorithm, type } = checksum;
  const sums = parts.map((part) => ({ checksum: part.checksum ?? '', size: part.size }));
  const value = type === 'FULL_OBJECT' ? wholeChecksum(algorithm, sums) : compositeChecksum(algorithm, sums);
  return { algorithm, type, value };
}

/** What the client says the object as a whole is. @throws AwsError `InvalidRequest`, `BadDigest` */
function checkAnnouncements(headers: RequestHeaders, { size, checksum }: ObjectRecord): void {
  const announcedSize = headers.get('x-amz-mp-object-size') ?? String(size);
  if (announcedSize !== String(size)) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${announcedSize} does not match what was computed: ${size}`,
    );
  }
  const type = headers.get('x-amz-checksum-type') ?? checksum?.type;
  if (type !== checksum?.type) {
    throw invalidRequest(
      `The upload was created using the ${checksum?.type ?? 'null'} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  checkChecksum(headers, checksum);
}

function checkChecksum(headers: RequestHeaders, actual: Checksum | undefined): void {
  // Of a composite, the number of parts may be left out.
  const whole = headers.mapped((name, value) =>
    name.startsWith('x-amz-checksum-') ? value.replace(/-\d+$/, '') : value,
  );
  const { checksum: announced } = announcedDigests(whole.without((name) => name === 'x-amz-sdk-checksum-algorithm'));
  if (!announced) return;
  const { algorithm, value } = announced;
  if (algorithm !== actual?.algorithm)
    throw invalidRequest(`The upload was not created with ${checksumHeader(algorithm)}.`);
  if (value === actual.value.replace(/-\d+$/, '')) return;
  throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
}
