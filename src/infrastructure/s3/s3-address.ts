import { PenstockError } from '../../domain/errors.js';
import type { AwsSettings } from '../config/aws.settings.js';
import type { S3Settings } from '../config/s3.settings.js';
import type { EmbeddedEngines } from '../embedded/engines.js';
import type { S3Address, S3Target } from './s3-connection.js';

/** What the bucket is called where nobody has named it. */
const EMBEDDED_BUCKET = 'penstock';
/** AWS by another name: the SDK finds the endpoint of the region by itself. */
const AWS_ITSELF = /(^|\.)s3([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/u;

/** The store of the settings, AWS where only an identity is set, the embedded engine where neither is. */
export function s3Address(settings: S3Settings, aws: AwsSettings, engines: EmbeddedEngines): S3Address {
  if (isEmbedded(settings, aws)) return () => embedded(engines, settings.bucketName ?? EMBEDDED_BUCKET);
  const { bucketName } = settings;
  if (bucketName === undefined) return noBucket;
  const target = outside(settings, aws, bucketName);
  return async () => target;
}

/** Whether there is anything to look after: with an identity of AWS and no bucket, object storage is simply not used. */
export function isConfigured(settings: S3Settings, aws: AwsSettings): boolean {
  return isEmbedded(settings, aws) || settings.bucketName !== undefined;
}

function isEmbedded({ endpointUrl, accessKeyId }: S3Settings, aws: AwsSettings): boolean {
  return endpointUrl === undefined && accessKeyId === undefined && !aws.hasIdentity;
}

async function embedded(engines: EmbeddedEngines, bucket: string): Promise<S3Target> {
  return { ...(await engines.endpoint('s3')), bucket, createBucket: true, pathStyle: true, conditions: 'kept' };
}

async function noBucket(): Promise<never> {
  throw new PenstockError('bucket.unknown', 'There is no bucket: S3_BUCKET_NAME is not set.');
}

function outside(settings: S3Settings, aws: AwsSettings, bucket: string): S3Target {
  const { accessKeyId, secretAccessKey, endpointUrl, pathStyle, conditionalWrites } = settings;
  const keys = accessKeyId !== undefined && secretAccessKey !== undefined ? { accessKeyId, secretAccessKey } : aws.keys;
  const region = settings.region ?? aws.region;
  const isAws = endpointUrl === undefined || AWS_ITSELF.test(new URL(endpointUrl).hostname);
  return {
    ...keys,
    ...(region !== undefined && { region }),
    ...(!isAws && { url: endpointUrl }),
    bucket,
    createBucket: false,
    pathStyle: pathStyle && !isAws,
    conditions: conditionsOf(conditionalWrites, isAws),
  };
}

function conditionsOf(areWanted: boolean, isAws: boolean): S3Target['conditions'] {
  if (!areWanted) return 'omitted';
  return isAws ? 'kept' : 'untried';
}
