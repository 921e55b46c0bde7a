import { pageSize, urlEncoding, wholeNumber } from './list-parameters.js';
import { uploadsOf } from './index-keys.js';
import { listPage, type ListingPage, type ListingSource } from './listing.js';
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
    this.context.buckets.mustExist(bucket);
    const upload = this.context.uploads.mustFind(place);
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
    this.context.buckets.mustExist(bucket);
    const markers = { key: query.get('key-marker') ?? '', id: query.get('upload-id-marker') ?? '' };
    const wanted = {
      prefix: query.get('prefix') ?? '',
      delimiter: query.get('delimiter') ?? '',
      after: markers.key,
      max: pageSize(query, 'max-uploads'),
    };
    const page = await listPage(this.source(bucket, markers), wanted);
    const encode = urlEncoding(query);
    return xmlAnswer('ListMultipartUploadsResult', {
      Bucket: bucket,
      KeyMarker: encode(markers.key),
      UploadIdMarker: markers.id,
      Prefix: encode(wanted.prefix),
      Delimiter: wanted.delimiter === '' ? undefined : encode(wanted.delimiter),
      EncodingType: query.get('encoding-type') ?? undefined,
      MaxUploads: wanted.max,
      IsTruncated: page.truncated,
      ...uploadsOn(page, encode),
    });
  }

  /** An id without a key means nothing, as S3 has it; with one, it goes on within the uploads of that key. */
  private source(bucket: string, { key, id }: { key: string; id: string }): ListingSource {
    const source = { index: this.context.index, base: uploadsOf(bucket), suffixChars: UPLOAD_SUFFIX_CHARS };
    return key === '' || id === '' ? source : { ...source, from: `${key}\0${id}\0` };
  }
}

function uploadsOn(page: ListingPage, encode: (text: string) => string): XmlElement {
  const uploads = page.entries.map(({ value }) => JSON.parse(value) as UploadRecord); // under an upload's key
  const last = uploads.at(-1);
  return {
    NextKeyMarker: page.truncated ? encode(page.last) : undefined,
    NextUploadIdMarker: page.truncated && last?.key === page.last ? last.id : undefined,
    Upload: uploads.map((upload) => uploadElement(upload, encode)),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
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
