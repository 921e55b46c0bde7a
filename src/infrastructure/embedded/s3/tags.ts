import { AwsError } from '../aws/aws-error.js';
import { S3_LIMITS } from './limits.js';
import type { Tag } from './records.js';
import { malformedXml } from './s3-errors.js';
import { childrenOf, childText, readXml } from './xml-reader.js';

/** Of the `x-amz-tagging` header, which is written like a query. @throws AwsError `InvalidArgument`, `InvalidTag`, … */
export function tagsOfHeader(header: string | undefined): Tag[] {
  if (header === undefined) return [];
  return checked([...new URLSearchParams(header)].map(([key, value]) => ({ key, value })));
}

/** Of the body of PutObjectTagging. @throws AwsError `MalformedXML`, `InvalidTag`, `BadRequest` */
export function tagsOfXml(text: string): Tag[] {
  const [set, ...others] = childrenOf(readXml(text, 'Tagging'), 'TagSet');
  if (!set || others.length > 0) throw malformedXml();
  return checked(
    childrenOf(set, 'Tag').map((tag) => {
      const [key, value] = [childText(tag, 'Key'), childText(tag, 'Value')];
      if (key === undefined || value === undefined) throw malformedXml();
      return { key, value };
    }),
  );
}

function checked(tags: Tag[]): Tag[] {
  if (tags.length > S3_LIMITS.tags) {
    throw new AwsError('BadRequest', `Object tags cannot be greater than ${S3_LIMITS.tags}`);
  }
  for (const { key, value } of tags) checkTag(key, value);
  if (new Set(tags.map(({ key }) => key)).size === tags.length) return tags;
  throw invalidTag('Cannot provide multiple Tags with the same key');
}

function checkTag(key: string, value: string): void {
  if (key === '' || key.length > S3_LIMITS.tagKeyChars) throw invalidTag('The TagKey you have provided is invalid');
  if (value.length > S3_LIMITS.tagValueChars) throw invalidTag('The TagValue you have provided is invalid');
  if (/^aws:/i.test(key)) throw invalidTag('System tags cannot be added/updated by requester');
  if (!LEGAL.test(key)) throw invalidTag('The TagKey you have provided is invalid');
  if (!LEGAL.test(value)) throw invalidTag('The TagValue you have provided is invalid');
}

const LEGAL = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function invalidTag(message: string): AwsError {
  return new AwsError('InvalidTag', message);
}
