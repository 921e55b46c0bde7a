import { S3_LIMITS } from './limits.js';
import { checksumElement } from './object-attributes.js';
import type { OpenObject } from './object-catalog.js';
import { type S3Answer, xmlAnswer } from './s3-answer.js';
import type { S3Context } from './s3-context.js';
import { invalidArgument, noSuchKey } from './s3-errors.js';
import type { ObjectRequest, RequestHeaders } from './s3-request.js';
import type { XmlElement } from './xml.js';

const WANTED = 'x-amz-object-attributes';
const KNOWN = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']);

export class AttributesOperation {
  constructor(private readonly context: S3Context) {}

  async getAttributes({ bucket, key, headers }: ObjectRequest): Promise<S3Answer> {
    const wanted = wantedAttributes(headers);
    this.context.buckets.mustExist(bucket);
    const content = this.context.objects.open(bucket, key);
    if (!content) throw noSuchKey(key);
    content.close(); // its content is not read
    const { record } = content;
    const all: XmlElement = {
      ETag: record.etag,
      Checksum: record.checksum ? checksumElement(record.checksum) : undefined,
      ObjectParts: record.upload ? partsElement(content, headers) : undefined,
      StorageClass: 'STANDARD',
      ObjectSize: record.size,
    };
    const chosen = Object.fromEntries(Object.entries(all).filter(([name]) => wanted.has(name)));
    const modified = { 'last-modified': new Date(record.modifiedMs).toUTCString() };
    return xmlAnswer('GetObjectAttributesResponse', chosen, modified);
  }
}

function wantedAttributes(headers: RequestHeaders): Set<string> {
  const text = headers.get(WANTED) ?? '';
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => KNOWN.has(name))) return new Set(names);
  throw invalidArgument(WANTED, text, 'Invalid attribute name specified.');
}

/** S3 lists parts where their checksums are known, and only counts them otherwise. */
function partsElement({ record, parts = [] }: OpenObject, headers: RequestHeaders): XmlElement {
  const { checksum } = record;
  if (!checksum) return { PartsCount: parts.length };
  const marker = Number(headers.get('x-amz-part-number-marker') ?? 0);
  const max = Math.min(Number(headers.get('x-amz-max-parts') ?? S3_LIMITS.page), S3_LIMITS.page);
  const left = parts.filter(({ number }) => number > marker);
  const page = left.slice(0, max);
  return {
    PartsCount: parts.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: max,
    IsTruncated: page.length < left.length,
    Part: page.map(({ number, size, checksum: value = '' }) => ({
      PartNumber: number,
      Size: size,
      [`Checksum${checksum.algorithm}`]: value,
    })),
  };
}
