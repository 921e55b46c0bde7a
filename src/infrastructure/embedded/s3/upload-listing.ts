import { pageSize, urlEncoding, wholeNumber } from './list-parameters.js';
import { uploadsOf } from './index-keys.js';
import { listPage } from './listing.js';
import { checksumElement } from './object-attributes.js';
import type { PartRecord, UploadRecord } from './records.js';
import { isoDate, quoted, type S3Answer, xmlAnswer } from './s3-answer.js';
import { OWNER, type S3Context } from './s3-context.js';
import type { BucketRequest, ObjectRequest } from './s3-request.js';
import { uploadPlace } from './upload-operations.js';
import type { XmlElement } from './xml.js';

/** An upload's id and the zero byte before it, which follow the key in the index. */
const UPLOAD_SUFFIX_CHARS = 41;

export class UploadListing {
  constructor(private readonly context: S3Context) {}

  async listParts(request: ObjectRequest): Promise<S3Answer> {
    const { bucket, key, query } = request;
    const place = uploadPlace(request);
    await this.context.buckets.mustExist(bucket);
    const upload = await this.context.uploads.mustFind(place);
    const max = pageSize(query, 'max-parts');
    const marker = wholeNumber(query, 'part-number-marker', 0);
    const parts = (await this.context.uploads.parts(upload.id)).filter(({ number }) => number > marker);
    const page = parts.slice(0, max);
    const encode = urlEncoding(query);
    return xmlAnswer('ListPartsResult', {
      Bucket: bucket,
      Key: encode(key),
      UploadId: upload.id,
      Initiator: OWNER,
      Owner: OWNER,
      StorageClass: 'STANDARD',
      PartNumberMarker: marker,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: max,
      IsTruncated: page.length < parts.length,
      ChecksumAlgorithm: upload.checksum?.algorithm,
      ChecksumType: upload.checksum?.type,
      Part: page.map(partElement),
    });
  }

  async listUploads(request: BucketRequest): Promise<S3Answer> {
    const { bucket, query } = request;
    await this.context.buckets.mustExist(bucket);
    const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? ''];
    const wanted = {
      prefix: query.get('prefix') ?? '',
      delimiter: query.get('delimiter') ?? '',
      after: keyMarker,
      max: pageSize(query, 'max-uploads'),
    };
    // An id without a key means nothing, as S3 has it; with one, it goes on within the uploads of that key.
    const from = keyMarker !== '' && idMarker !== '' ? { from: `${keyMarker}\0${idMarker}\0` } : {};
    const source = { index: this.context.index, base: uploadsOf(bucket), suffixChars: UPLOAD_SUFFIX_CHARS, ...from };
    const page = await listPage(source, wanted);
    const encode = urlEncoding(query);
    const uploads = page.entries.map(({ value }) => JSON.parse(value) as UploadRecord); // under an upload's key
    const lastUpload = uploads.at(-1);
    const endsWithUpload = lastUpload?.key === page.last;
    return xmlAnswer('ListMultipartUploadsResult', {
      Bucket: bucket,
      KeyMarker: encode(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: page.truncated ? encode(page.last) : undefined,
      NextUploadIdMarker: page.truncated && endsWithUpload ? lastUpload.id : undefined,
      Prefix: encode(wanted.prefix),
      Delimiter: wanted.delimiter === '' ? undefined : encode(wanted.delimiter),
      EncodingType: query.get('encoding-type') ?? undefined,
      MaxUploads: wanted.max,
      IsTruncated: page.truncated,
      Upload: uploads.map((upload) => uploadElement(upload, encode)),
      CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    });
  }
}

function partElement({ number, modifiedMs, etag, size, checksum, algorithm }: PartRecord): XmlElement {
  const sums =
    algorithm && checksum !== undefined ? checksumElement({ algorithm, type: 'FULL_OBJECT', value: checksum }) : {};
  const { ChecksumType: _, ...sum } = sums;
  return { PartNumber: number, LastModified: isoDate(modifiedMs), ETag: quoted(etag), Size: size, ...sum };
}

function uploadElement({ key, id, startedMs, checksum }: UploadRecord, encode: (text: string) => string): XmlElement {
  return {
    Key: encode(key),
    UploadId: id,
    Initiator: OWNER,
    Owner: OWNER,
    StorageClass: 'STANDARD',
    Initiated: isoDate(startedMs),
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
  };
}
