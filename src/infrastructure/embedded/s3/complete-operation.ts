import { createHash } from 'node:crypto';
import { AwsError } from '../aws/aws-error.js';
import {
  type ChecksumAlgorithm,
  CHECKSUM_ALGORITHMS,
  checksumHeader,
  compositeChecksum,
  wholeChecksum,
} from './checksum-algorithms.js';
import { bareEtag, writeCondition } from './conditions.js';
import { S3_LIMITS } from './limits.js';
import { checksumElement } from './object-attributes.js';
import { announcedDigests } from './payload-digests.js';
import { readText } from './read-text.js';
import type { Checksum, ObjectRecord, PartRecord, UploadRecord } from './records.js';
import { quoted, type S3Answer, xmlAnswer } from './s3-answer.js';
import { newId, type S3Context, thisSecond } from './s3-context.js';
import { badDigest, invalidRequest, malformedXml, noSuchUpload } from './s3-errors.js';
import type { ObjectRequest } from './s3-request.js';
import { uploadPlace } from './upload-operations.js';
import { childrenOf, childText, readXml, type XmlNode } from './xml-reader.js';

/** A part as the client lists it. */
interface ListedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

export class CompleteOperation {
  constructor(private readonly context: S3Context) {}

  /** The parts become an object where they lie; nothing is copied. */
  async completeUpload(request: ObjectRequest): Promise<S3Answer> {
    const { bucket, key, headers } = request;
    const { buckets, uploads, objects } = this.context;
    const place = uploadPlace(request);
    const condition = writeCondition(key, headers);
    const listed = listedParts(await readText(withoutChecksum(request)));
    const record = await buckets.within(bucket, async () => {
      const done = await this.completedBefore(request);
      if (done) return done;
      return uploads.alone(place, async (upload) => {
        const parts = chosenParts(listed, await uploads.parts(upload.id));
        const made = this.record(upload, parts);
        checkAnnouncements(request, made);
        const partList = {
          parts: parts.map(({ number, size, checksum, slices }) => ({
            number,
            size,
            slices,
            ...(checksum === undefined ? {} : { checksum }),
          })),
        };
        await objects.store(bucket, key, { record: made, partList }, condition, await uploads.removal(upload));
        return made;
      });
    });
    return xmlAnswer('CompleteMultipartUploadResult', {
      Location: `http://${headers.get('host') ?? ''}/${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`,
      Bucket: bucket,
      Key: key,
      ETag: quoted(record.etag),
      ...checksumElement(record.checksum),
    });
  }

  /** A client that got no answer asks again; what it wanted has been done. */
  private async completedBefore(request: ObjectRequest): Promise<ObjectRecord | undefined> {
    const { uploads, objects } = this.context;
    const place = uploadPlace(request);
    if (await uploads.find(place)) return undefined;
    const current = await objects.find(request.bucket, request.key);
    if (current?.upload?.id === place.uploadId) return current;
    throw noSuchUpload(place.uploadId);
  }

  private record(upload: UploadRecord, parts: readonly PartRecord[]): ObjectRecord {
    const { headers, metadata, tags } = upload;
    const checksum = uploadChecksum(upload, parts);
    return {
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
  }
}

/** What stands in the headers here is the checksum of the object, not of the list of its parts. */
function withoutChecksum(request: ObjectRequest): ObjectRequest {
  return { ...request, headers: request.headers.without((name) => name.startsWith('x-amz-checksum-')) };
}

/** @throws AwsError `MalformedXML`, `InvalidPartOrder` */
function listedParts(text: string): ListedPart[] {
  const parts = childrenOf(readXml(text, 'CompleteMultipartUpload'), 'Part').map(listedPart);
  if (parts.length === 0 || parts.length > S3_LIMITS.parts) throw malformedXml();
  if (parts.every(({ number }, at) => at === 0 || number > (parts[at - 1]?.number ?? 0))) return parts;
  const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
  throw new AwsError('InvalidPartOrder', message);
}

function listedPart(part: XmlNode): ListedPart {
  const [number, etag] = [childText(part, 'PartNumber'), childText(part, 'ETag')];
  if (number === undefined || !/^\d{1,5}$/.test(number) || etag === undefined) throw malformedXml();
  const sums = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = childText(part, `Checksum${algorithm}`);
    return value === undefined ? [] : [{ algorithm, value }];
  });
  const [checksum] = sums;
  return { number: Number(number), etag: bareEtag(etag), ...(checksum ? { checksum } : {}) };
}

/** @throws AwsError `InvalidPart`, `EntityTooSmall` */
function chosenParts(listed: readonly ListedPart[], uploaded: readonly PartRecord[]): PartRecord[] {
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  const chosen = listed.map((wanted) => {
    const part = byNumber.get(wanted.number);
    if (part && isSame(part, wanted)) return part;
    const message =
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    throw new AwsError('InvalidPart', message, 400, { PartNumber: String(wanted.number), ETag: wanted.etag });
  });
  for (const { size, number, etag } of chosen.slice(0, -1)) {
    if (size >= S3_LIMITS.minPartBytes) continue;
    const details = {
      ProposedSize: String(size),
      MinSizeAllowed: String(S3_LIMITS.minPartBytes),
      PartNumber: String(number),
      ETag: etag,
    };
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, details);
  }
  return chosen;
}

function isSame(part: PartRecord, { etag, checksum }: ListedPart): boolean {
  if (part.etag !== etag) return false;
  return checksum === undefined || part.algorithm !== checksum.algorithm || part.checksum === checksum.value;
}

function multipartEtag(parts: readonly PartRecord[]): string {
  const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')));
  return `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
}

function uploadChecksum({ checksum }: UploadRecord, parts: readonly PartRecord[]): Checksum | undefined {
  if (!checksum) return undefined;
  const sums = parts.map((part) => ({ checksum: part.checksum ?? '', size: part.size }));
  const value =
    checksum.type === 'FULL_OBJECT'
      ? wholeChecksum(checksum.algorithm, sums)
      : compositeChecksum(checksum.algorithm, sums);
  return { ...checksum, value };
}

/** What the client says the object as a whole is. @throws AwsError `InvalidRequest`, `BadDigest` */
function checkAnnouncements({ headers }: ObjectRequest, { size, checksum }: ObjectRecord): void {
  const announcedSize = headers.get('x-amz-mp-object-size');
  if (announcedSize !== undefined && Number(announcedSize) !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${announcedSize} does not match what was computed: ${size}`,
    );
  }
  const type = headers.get('x-amz-checksum-type');
  if (type !== undefined && type !== checksum?.type) {
    throw invalidRequest(
      `The upload was created using the ${checksum?.type ?? 'null'} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const announced = announcedDigests(headers).checksum;
  if (!announced) return;
  if (announced.algorithm !== checksum?.algorithm)
    throw invalidRequest(`The upload was not created with ${checksumHeader(announced.algorithm)}.`);
  const bare = (value: string) => value.split('-', 1)[0];
  if (announced.value !== undefined && bare(announced.value) !== bare(checksum.value)) {
    throw badDigest(`The ${announced.algorithm} you specified did not match the calculated checksum.`);
  }
}
