import type { S3Client } from '@aws-sdk/client-s3';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { EngineEndpoint } from '../embedded/engines.js';
import { BucketLook } from './bucket-look.js';
import { translateFailure } from './s3-errors.js';
import { leaveContentUnsigned } from './unsigned-content.js';

/** Where the bucket is, and the keys of the service; without keys, the SDK's own chain finds them. */
export interface S3Target extends Omit<EngineEndpoint, 'url'> {
  /** Unset: AWS. */
  readonly url?: string;
  readonly sessionToken?: string;
  readonly bucket: string;
  /** Whether the bucket is made where it is not there. */
  readonly createBucket: boolean;
  /** Whether the bucket stands in the path, and not in the host name. */
  readonly pathStyle: boolean;
  /** Conditions of writes: known to be kept by the store, to be tried out before they are relied on, or not sent at all. */
  readonly conditions: 'kept' | 'untried' | 'omitted';
}

/** Asked for every use: an embedded engine starts on first use and may move. */
export type S3Address = () => Promise<S3Target>;

export interface S3ConnectionOptions {
  readonly requestTimeoutMs: number;
  readonly maxAttempts: number;
  readonly checksums: 'supported' | 'required';
}

type Sdk = typeof import('@aws-sdk/client-s3');

/** A bucket that can be used: the SDK, its client, and the name for its requests. */
export interface S3Bucket {
  readonly sdk: Sdk;
  readonly client: S3Client;
  /** Beside it, for URLs that others use: without checksums of content nobody has seen yet. */
  readonly signer: S3Client;
  readonly name: string;
  readonly look: BucketLook;
  /** Whether content is sent with checksums. */
  readonly hasChecksums: boolean;
}

const CONNECT_TIMEOUT_MS = 5000;
const MAX_SOCKETS = 256;
/** What endpoints other than AWS are signed for when nobody says otherwise. */
const DEFAULT_REGION = 'us-east-1';

const ignore = (): void => undefined;
/** Failures are told by whoever asked; without this, the SDK writes what it thinks of streams to the console. */
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The SDK's clients of this process, made on first use. */
export class S3Connection {
  private current: { readonly key: string; readonly bucket: Promise<S3Bucket> } | undefined;

  constructor(
    private readonly address: S3Address,
    private readonly options: S3ConnectionOptions,
  ) {}

  /** @throws PenstockError where there is no bucket to use */
  async bucket(): Promise<S3Bucket> {
    const target = await this.address();
    const key = `${target.url ?? ''} ${target.bucket}`;
    if (this.current?.key !== key) {
      this.close();
      this.current = { key, bucket: this.open(target) };
      this.current.bucket.catch(() => {
        this.current = undefined;
      });
    }
    return this.current.bucket;
  }

  /** Whether the bucket is there and lets the service in. @throws PenstockError */
  async check(abortSignal: AbortSignal): Promise<void> {
    const { sdk, client, name } = await this.bucket();
    try {
      await client.send(new sdk.HeadBucketCommand({ Bucket: name }), { abortSignal });
    } catch (cause) {
      throw translateFailure(cause, `bucket "${name}"`);
    }
  }

  close(): void {
    const former = this.current;
    this.current = undefined;
    if (former !== undefined) void letGo(former.bucket);
  }

  private async open(target: S3Target): Promise<S3Bucket> {
    const [sdk, http] = await Promise.all([import('@aws-sdk/client-s3'), import('@smithy/node-http-handler')]);
    const { requestTimeoutMs, maxAttempts, checksums } = this.options;
    const requestHandler: NodeHttpHandler = new http.NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
      httpsAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
    });
    const whenChecked = checksums === 'supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
    // No Expect: 100-continue: it costs a connection of its own for each part, and ours are small enough to send again.
    const own = { maxAttempts, requestHandler, expectContinueHeader: false, logger: SILENT };
    const config = { ...placeOf(target), ...own };
    const whenToCheck = { requestChecksumCalculation: whenChecked, responseChecksumValidation: whenChecked } as const;
    const client = new sdk.S3Client({ ...config, ...whenToCheck });
    if (checksums === 'supported') leaveContentUnsigned(client);
    const unchecked = {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const;
    const signer = new sdk.S3Client({ ...config, ...unchecked });
    const look = new BucketLook({ sdk, client, name: target.bucket }, target.conditions);
    if (target.createBucket) await look.create();
    return { sdk, client, signer, name: target.bucket, look, hasChecksums: checksums === 'supported' };
  }
}

async function letGo(bucket: Promise<S3Bucket>): Promise<void> {
  const opened = await bucket.catch(() => undefined);
  opened?.client.destroy();
  opened?.signer.destroy();
}

function placeOf({ url, region, pathStyle, ...keys }: S3Target) {
  const wanted = region ?? (url === undefined ? undefined : DEFAULT_REGION);
  return {
    ...(url !== undefined && { endpoint: url }),
    ...(wanted !== undefined && { region: wanted }),
    forcePathStyle: pathStyle,
    ...credentialsOf(keys),
  };
}

function credentialsOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Pick<S3Target, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>) {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  const token = sessionToken === undefined ? {} : { sessionToken };
  return { credentials: { accessKeyId, secretAccessKey, ...token } };
}
