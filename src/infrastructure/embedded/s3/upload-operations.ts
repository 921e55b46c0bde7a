import { AwsError } from '../aws/aws-error.js';
import { byteRange } from './byte-range.js';
import { type ChecksumAlgorithm, isChecksumAlgorithm, isCrc } from './checksum-algorithms.js';
import { withCopySource } from './copy-source.js';
import { S3_LIMITS } from './limits.js';
import { attributesOf, checksumElement, checksumHeaders } from './object-attributes.js';
import { announcedDigests } from './payload-digests.js';
import { copyContent, receiveContent, type StoredContent } from './received-content.js';
import type { ChecksumType, PartRecord, UploadRecord } from './records.js';
import { emptyAnswer, isoDate, quoted, type S3Answer, xmlAnswer } from './s3-answer.js';
import { newId, type S3Context, thisSecond } from './s3-context.js';
import { entityTooLarge, invalidArgument, invalidRequest, notImplemented } from './s3-errors.js';
import type { ObjectRequest, RequestHeaders } from './s3-request.js';
import { sliceRange } from './slices.js';
import type { UploadPlace } from './upload-catalog.js';

/** Multipart uploads, up to their completion. */
export class UploadOperations {
  constructor(private readonly context: S3Context) {}

  async createUpload({ bucket, key, headers }: ObjectRequest): Promise<S3Answer> {
    const { buckets, uploads, now } = this.context;
    const checksum = wantedChecksum(headers);
    const upload: UploadRecord = {
      ...attributesOf(headers),
      id: newId(now()),
      bucket,
      key,
      startedMs: thisSecond(this.context),
      ...(checksum ? { checksum } : {}),
    };
    await buckets.within(bucket, () => uploads.start(upload));
    const said = checksum && {
      'x-amz-checksum-algorithm': checksum.algorithm,
      'x-amz-checksum-type': checksum.type,
    };
    return xmlAnswer('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: upload.id }, said);
  }

  async uploadPart(request: ObjectRequest): Promise<S3Answer> {
    const number = partNumber(request);
    const place = uploadPlace(request);
    const announced = announcedDigests(request.headers);
    const upload = this.find(place);
    const algorithm = upload.checksum?.algorithm;
    if (algorithm && announced.checksum && announced.checksum.algorithm !== algorithm) {
      const [expected, actual] = [algorithm, announced.checksum.algorithm].map((name) => name.toLowerCase());
      throw invalidRequest(
        `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
      );
    }
    const receipt = { maxBytes: S3_LIMITS.maxPutBytes, announced, ...(algorithm ? { algorithm } : {}) };
    return receiveContent(this.context.files, request.body, receipt, async (content) => {
      const part = await this.keepPart(place, number, content);
      const sums = content.checksum && checksumHeaders({ ...content.checksum, type: 'FULL_OBJECT' });
      const { 'x-amz-checksum-type': _, ...checksum } = sums ?? {};
      return emptyAnswer(200, { etag: quoted(part.etag), ...checksum });
    });
  }

  async uploadPartCopy(request: ObjectRequest): Promise<S3Answer> {
    const number = partNumber(request);
    const place = uploadPlace(request);
    const upload = this.find(place);
    const { files } = this.context;
    return withCopySource(this.context, request, async ({ record, slices }) => {
      const { first, length } = copiedRange(request.headers.get('x-amz-copy-source-range'), record.size);
      if (length > S3_LIMITS.maxPutBytes) throw entityTooLarge(length, S3_LIMITS.maxPutBytes);
      const range = sliceRange(slices, first, length);
      return copyContent(files, range, upload.checksum?.algorithm, async (content) => {
        const part = await this.keepPart(place, number, content);
        const { ChecksumType: _, ...checksum } = checksumElement(
          content.checksum && { ...content.checksum, type: 'FULL_OBJECT' },
        );
        return xmlAnswer('CopyPartResult', {
          LastModified: isoDate(part.modifiedMs),
          ETag: quoted(part.etag),
          ...checksum,
        });
      });
    });
  }

  async abortUpload(request: ObjectRequest): Promise<S3Answer> {
    const { buckets, uploads } = this.context;
    await buckets.within(request.bucket, () => uploads.abort(uploadPlace(request)));
    return emptyAnswer(204);
  }

  private find(place: UploadPlace): UploadRecord {
    this.context.buckets.mustExist(place.bucket);
    return this.context.uploads.mustFind(place);
  }

  private async keepPart(place: UploadPlace, number: number, content: StoredContent): Promise<PartRecord> {
    const { buckets, uploads, now } = this.context;
    const { md5, checksum, size, slices } = content;
    const part: PartRecord = {
      id: newId(now()),
      number,
      size,
      etag: md5.toString('hex'),
      modifiedMs: thisSecond(this.context),
      ...(checksum ? { checksum: checksum.value, algorithm: checksum.algorithm } : {}),
      slices,
    };
    await buckets.within(place.bucket, () => uploads.addPart(place, part));
    return part;
  }
}

export function uploadPlace({ bucket, key, query }: ObjectRequest): UploadPlace {
  return { bucket, key, uploadId: query.get('uploadId') ?? '' };
}

function partNumber({ query }: ObjectRequest): number {
  const text = query.get('partNumber') ?? '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= S3_LIMITS.parts) return number;
  throw invalidArgument(
    'partNumber',
    text,
    `Part number must be an integer between 1 and ${S3_LIMITS.parts}, inclusive`,
  );
}

/** Unlike a reader, a copy is refused where the range is not in the source as a whole. */
function copiedRange(header: string | undefined, size: number): { first: number; length: number } {
  if (header === undefined) return { first: 0, length: size };
  if (!/^bytes=\d+-\d+$/.test(header)) {
    throw invalidArgument(
      'x-amz-copy-source-range',
      header,
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    );
  }
  const [first = 0, last = 0] = header.slice('bytes='.length).split('-').map(Number);
  if (first <= last && last < size) return byteRange(header, size) ?? { first, length: last - first + 1 };
  const message = `Range specified is not valid for source object of size: ${size}`;
  throw invalidArgument('x-amz-copy-source-range', header, message);
}

function wantedChecksum(headers: RequestHeaders): UploadRecord['checksum'] {
  const name = headers.get('x-amz-checksum-algorithm')?.toUpperCase();
  const type = headers.get('x-amz-checksum-type')?.toUpperCase();
  if (name === undefined) {
    if (type === undefined) return undefined;
    throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  }
  if (!isChecksumAlgorithm(name)) throw notImplemented('x-amz-checksum-algorithm');
  return { algorithm: name, type: checksumType(name, type) };
}

function checksumType(algorithm: ChecksumAlgorithm, wanted: string | undefined): ChecksumType {
  const usual = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  if (wanted === undefined || wanted === usual) return usual;
  if (wanted === 'FULL_OBJECT' && isCrc(algorithm)) return wanted;
  if (wanted === 'FULL_OBJECT' || wanted === 'COMPOSITE') {
    throw invalidRequest(
      `The ${wanted} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  throw new AwsError('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
}
