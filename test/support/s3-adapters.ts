import {
  CreateBucketCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { S3_PART_LIMITS } from '../../src/domain/warehouse-loading/splice-plan.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { MEMORY_PART_BYTES } from '../../src/infrastructure/s3/cut-parts.js';
import type { KeepLimits } from '../../src/infrastructure/s3/kept-content.js';
import { S3Connection, type S3Target } from '../../src/infrastructure/s3/s3-connection.js';
import { S3ObjectStore } from '../../src/infrastructure/s3/s3-object-store.js';
import { CountedMetrics } from './counted-metrics.js';

export interface StoreOptions {
  readonly target?: Partial<S3Target>;
  readonly memoryPartBytes?: number;
  readonly keep?: KeepLimits;
  readonly maxAttempts?: number;
}

export interface OpenStore {
  readonly store: S3ObjectStore;
  readonly connection: S3Connection;
  readonly metrics: CountedMetrics;
  readonly warnings: string[];
}

/** The adapter as a process of its own would have it, on a bucket of an engine. */
export function storeAt(endpoint: EngineEndpoint, bucket: string, options: StoreOptions = {}): OpenStore {
  const target = {
    ...endpoint,
    bucket,
    createBucket: false,
    pathStyle: true,
    conditions: 'kept',
    ...options.target,
  } as const;
  const connection = new S3Connection(async () => target, {
    requestTimeoutMs: 60_000,
    maxAttempts: options.maxAttempts ?? 3,
    checksums: 'supported',
  });
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, error: ignore, warning: (message: string) => void warnings.push(message) };
  const metrics = new CountedMetrics();
  const { memoryPartBytes = MEMORY_PART_BYTES, keep } = options;
  const limits = { ...S3_PART_LIMITS, memoryPartBytes };
  const store = new S3ObjectStore(connection, { log, metrics }, { parallelParts: 3, limits, ...(keep && { keep }) });
  return { store, connection, metrics, warnings };
}

/** A client of the engine that is not ours. */
export function foreignClient({
  url,
  region = 'us-east-1',
  accessKeyId = '',
  secretAccessKey = '',
}: EngineEndpoint): S3Client {
  return new S3Client({ endpoint: url, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
}

/** The part of a harness that a foreign client does. */
export function bucketOf(client: S3Client, Bucket: string) {
  return {
    create: () => client.send(new CreateBucketCommand({ Bucket })),
    /** Uploads that were begun and neither completed nor given up. */
    openUploads: async () => (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0,
    tagsOf: async (Key: string) =>
      (await client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet?.map(({ Key: tag, Value }) => [
        tag,
        Value,
      ]),
    headOf: (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key })),
    /** An object with everything a patch has to keep. */
    putDressed: (Key: string, Body: Uint8Array) =>
      client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body,
          ContentType: 'text/csv; charset=utf-8',
          CacheControl: 'max-age=60',
          ContentDisposition: 'inline',
          ContentLanguage: 'de',
          Metadata: { owner: 'sales', 'two-words': 'a b' },
          Tagging: 'team=a%20b&kept=yes',
        }),
      ),
  };
}
