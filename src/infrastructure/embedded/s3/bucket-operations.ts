import { AwsError } from '../aws/aws-error.js';
import { S3_LIMITS } from './limits.js';
import { readText } from './read-text.js';
import { emptyAnswer, isoDate, type S3Answer, xmlAnswer } from './s3-answer.js';
import { OWNER, type S3Context } from './s3-context.js';
import { invalidArgument } from './s3-errors.js';
import type { BucketRequest, S3Request } from './s3-request.js';
import { childText, readXml } from './xml-reader.js';

const MAX_LISTED = 10_000;

export class BucketOperations {
  constructor(private readonly context: S3Context) {}

  async listBuckets({ query }: S3Request): Promise<S3Answer> {
    const { buckets, region } = this.context;
    const prefix = query.get('prefix') ?? '';
    const max = maxBuckets(query.get('max-buckets'));
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString();
    const ours = query.get('bucket-region') ?? region;
    const names = ours === region ? await buckets.names() : [];
    const found = names.filter((name) => name.startsWith(prefix) && name > after);
    const page = found.slice(0, max);
    const last = page.at(-1);
    return xmlAnswer('ListAllMyBucketsResult', {
      Owner: OWNER,
      Buckets: {
        Bucket: page.map((Name) => ({
          Name,
          CreationDate: isoDate(buckets.find(Name)?.createdMs ?? 0),
          BucketRegion: region,
        })),
      },
      Prefix: prefix || undefined,
      ContinuationToken: last !== undefined && found.length > max ? Buffer.from(last).toString('base64url') : undefined,
    });
  }

  /** In us-east-1 it is no mistake to create what one already has. */
  async createBucket(request: BucketRequest): Promise<S3Answer> {
    const { bucket } = request;
    checkName(bucket);
    const text = await readText(request);
    if (text.trim() !== '') checkLocation(childText(readXml(text, 'CreateBucketConfiguration'), 'LocationConstraint'));
    if ((await this.context.buckets.names()).length >= S3_LIMITS.buckets) {
      throw new AwsError('TooManyBuckets', 'You have attempted to create more buckets than allowed');
    }
    await this.context.buckets.create(bucket, this.context.now());
    return emptyAnswer(200, { location: `/${bucket}` });
  }

  async headBucket({ bucket }: BucketRequest): Promise<S3Answer> {
    this.context.buckets.mustExist(bucket);
    return emptyAnswer(200, { 'x-amz-bucket-region': this.context.region });
  }

  async deleteBucket({ bucket }: BucketRequest): Promise<S3Answer> {
    await this.context.buckets.delete(bucket);
    return emptyAnswer(204);
  }

  /** Of us-east-1 there is nothing to say. */
  async getBucketLocation({ bucket }: BucketRequest): Promise<S3Answer> {
    this.context.buckets.mustExist(bucket);
    return xmlAnswer('LocationConstraint', '');
  }

  /** Versioning was never switched on, for which S3 has no word. */
  async getBucketVersioning({ bucket }: BucketRequest): Promise<S3Answer> {
    this.context.buckets.mustExist(bucket);
    return xmlAnswer('VersioningConfiguration', '');
  }
}

function maxBuckets(text: string | null): number {
  const max = Number(text ?? MAX_LISTED);
  if (Number.isInteger(max) && max >= 1 && max <= MAX_LISTED) return max;
  throw invalidArgument(
    'max-buckets',
    text ?? '',
    `Argument max-buckets must be an integer between 1 and ${MAX_LISTED}`,
  );
}

/** @throws AwsError `InvalidBucketName` */
function checkName(name: string): void {
  const legal = NAME.test(name) && !name.includes('..') && !ADDRESS.test(name) && !RESERVED.test(name);
  if (!legal) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
}

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const RESERVED = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

function checkLocation(constraint: string | undefined): void {
  if (constraint === undefined) return;
  const message = 'The specified location-constraint is not valid';
  throw new AwsError('InvalidLocationConstraint', message, 400, { LocationConstraint: constraint });
}
