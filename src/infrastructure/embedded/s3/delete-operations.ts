import { AwsError } from '../aws/aws-error.js';
import { deleteCondition } from './conditions.js';
import { S3_LIMITS } from './limits.js';
import type { Condition } from './object-catalog.js';
import { announcesDigest } from './payload-digests.js';
import { readText } from './read-text.js';
import { emptyAnswer, type S3Answer, xmlAnswer } from './s3-answer.js';
import type { S3Context } from './s3-context.js';
import { invalidRequest, malformedXml } from './s3-errors.js';
import type { BucketRequest, ObjectRequest } from './s3-request.js';
import { checkVersion } from './copy-source.js';
import { childrenOf, childText, readXml, type XmlNode } from './xml-reader.js';

export class DeleteOperations {
  constructor(private readonly context: S3Context) {}

  async deleteObject({ bucket, key, headers }: ObjectRequest): Promise<S3Answer> {
    const { buckets, objects } = this.context;
    const condition = deleteCondition(headers.get('if-match'));
    const refused = await buckets.within(bucket, () => objects.remove(bucket, new Map([[key, condition]])));
    for (const error of refused.values()) throw error;
    return emptyAnswer(204);
  }

  async deleteObjects(request: BucketRequest): Promise<S3Answer> {
    const { buckets, objects } = this.context;
    const { bucket, headers } = request;
    if (!announcesDigest(headers)) throw invalidRequest('Missing required header for this request: Content-MD5');
    const body = readXml(await readText(request), 'Delete');
    const wanted = childrenOf(body, 'Object');
    if (wanted.length === 0 || wanted.length > S3_LIMITS.deletions) throw malformedXml();
    const conditions = new Map(wanted.map(deletion));
    const refused = await buckets.within(bucket, () => objects.remove(bucket, conditions));
    const keys = [...conditions.keys()];
    const quiet = childText(body, 'Quiet') === 'true';
    return xmlAnswer('DeleteResult', {
      Deleted: quiet ? [] : keys.filter((key) => !refused.has(key)).map((Key) => ({ Key })),
      Error: [...refused].map(([Key, error]) => ({ Key, ...codeAndMessage(error) })),
    });
  }
}

function deletion(object: XmlNode): [string, Condition] {
  const key = childText(object, 'Key');
  if (!key) throw malformedXml();
  const [etag, version] = [childText(object, 'ETag'), childText(object, 'VersionId')];
  const unsupported = ['Size', 'LastModifiedTime'].find((name) => childText(object, name) !== undefined);
  return [
    key,
    (current) => {
      checkVersion(version ?? null);
      if (unsupported) throw new AwsError('NotImplemented', `Deletion by ${unsupported} is not implemented.`, 501);
      deleteCondition(etag)(current);
    },
  ];
}

function codeAndMessage(error: unknown): { Code: string; Message: string } {
  if (error instanceof AwsError) return { Code: error.code, Message: error.message };
  throw error;
}
