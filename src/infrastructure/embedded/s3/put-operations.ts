import { writeCondition } from './conditions.js';
import { MAX_RECORD_SLICES, S3_LIMITS } from './limits.js';
import { attributesOf, checksumHeaders } from './object-attributes.js';
import type { NewObject } from './object-catalog.js';
import { announcedDigests } from './payload-digests.js';
import { readText } from './read-text.js';
import { receiveContent, type StoredContent } from './received-content.js';
import type { ObjectAttributes, ObjectRecord } from './records.js';
import { emptyAnswer, quoted, type S3Answer, xmlAnswer } from './s3-answer.js';
import { newId, type S3Context, thisSecond } from './s3-context.js';
import { noSuchKey } from './s3-errors.js';
import type { ObjectRequest } from './s3-request.js';
import { tagsOfXml } from './tags.js';

/** Objects in one piece, and what is said about objects. */
export class PutOperations {
  constructor(private readonly context: S3Context) {}

  async putObject({ bucket, key, headers, body }: ObjectRequest): Promise<S3Answer> {
    const { buckets, objects, files } = this.context;
    const attributes = attributesOf(headers);
    const announced = announcedDigests(headers);
    const condition = writeCondition(key, headers);
    buckets.mustExist(bucket);
    // What cannot succeed need not be sent; it counts when the content is here.
    condition(objects.find(bucket, key));
    const receipt = { maxBytes: S3_LIMITS.maxPutBytes, announced };
    const record = await receiveContent(files, body, receipt, async (content) => {
      const object = newObject(this.context, attributes, content);
      await buckets.within(bucket, () => objects.store(bucket, key, object, condition));
      return object.record;
    });
    return emptyAnswer(200, { etag: quoted(record.etag), ...checksumHeaders(record.checksum) });
  }

  async getTags({ bucket, key }: ObjectRequest): Promise<S3Answer> {
    this.context.buckets.mustExist(bucket);
    const record = this.context.objects.find(bucket, key);
    if (!record) throw noSuchKey(key);
    return xmlAnswer('Tagging', { TagSet: { Tag: record.tags.map((tag) => ({ Key: tag.key, Value: tag.value })) } });
  }

  async putTags(request: ObjectRequest): Promise<S3Answer> {
    const tags = tagsOfXml(await readText(request));
    await this.retag(request, tags);
    return emptyAnswer(200);
  }

  async deleteTags(request: ObjectRequest): Promise<S3Answer> {
    await this.retag(request, []);
    return emptyAnswer(204);
  }

  private async retag({ bucket, key }: ObjectRequest, tags: ObjectRecord['tags']): Promise<void> {
    const { buckets, objects } = this.context;
    const found = await buckets.within(bucket, () => objects.retag(bucket, key, tags));
    if (!found) throw noSuchKey(key);
  }
}

/** An object as it was put in one piece, whatever that is made of. */
export function newObject(
  context: S3Context,
  { headers, metadata, tags }: ObjectAttributes,
  { size, md5, checksum, slices }: StoredContent,
): NewObject {
  const record: ObjectRecord = {
    id: newId(context.now()),
    size,
    etag: md5.toString('hex'),
    modifiedMs: thisSecond(context),
    headers,
    metadata,
    tags,
    ...(checksum ? { checksum: { ...checksum, type: 'FULL_OBJECT' } } : {}),
  };
  if (slices.length <= MAX_RECORD_SLICES) return { record: { ...record, slices } };
  return { record, partList: { parts: [{ number: 1, size, slices }] } };
}
