import { createHash } from 'node:crypto';
import { AwsJsonEndpoint } from '../aws/aws-json-endpoint.js';
import { SigV4Verifier } from '../aws/sigv4.js';
import { GetOperations } from './get-operations.js';
import type { KinesisContext } from './kinesis-context.js';
import { DEFAULT_LIMITS, type KinesisLimits, LARGE_REQUEST_BYTES } from './limits.js';
import { PutOperations } from './put-operations.js';
import { ShardOperations } from './shard-operations.js';
import { StreamCatalog } from './stream-catalog.js';
import { StreamOperations } from './stream-operations.js';
import { TagOperations } from './tag-operations.js';

export interface KinesisEndpointOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly limits?: Partial<KinesisLimits>;
  /** Wait for the disk before a record counts as written: then it survives a power failure, and costs much more. */
  readonly fsync?: boolean;
  readonly iteratorLifeMs?: number;
  readonly transitionMs?: number;
  readonly segmentBytes?: number;
  readonly segmentAgeMs?: number;
  readonly trimEveryMs?: number;
  /** The time by which records arrive, iterators expire and retention ends. Signatures keep to the real time. */
  readonly now?: () => number;
  readonly onDefect?: (error: unknown) => void;
}

const ITERATOR_LIFE_MS = 5 * 60_000;
const TRANSITION_MS = 50;
const SEGMENT_BYTES = 16 * 1024 * 1024;
const SEGMENT_AGE_MS = 3_600_000;
const TRIM_EVERY_MS = 60_000;
/** Records are sent in base64, which is a third longer; keys and names of members come on top. */
const MAX_BODY_BYTES = 2 * LARGE_REQUEST_BYTES;

/**
 * A Kinesis endpoint for development, on a data folder: the real protocol, checked signatures, and records that are
 * with the operating system before they are acknowledged.
 */
export class KinesisEndpoint {
  private readonly trimming: NodeJS.Timeout;

  private constructor(
    private readonly catalog: StreamCatalog,
    private readonly http: AwsJsonEndpoint,
    trimEveryMs: number,
    onDefect: (error: unknown) => void,
  ) {
    this.trimming = setInterval(() => void catalog.trim().catch(onDefect), trimEveryMs).unref();
  }

  /** @throws PenstockError `engine.unavailable` when another process holds the folder, or a file is damaged */
  static async open(dir: string, options: KinesisEndpointOptions): Promise<KinesisEndpoint> {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const now = options.now ?? Date.now;
    const catalog = await StreamCatalog.open(dir, {
      now,
      fsync: options.fsync ?? false,
      transitionMs: options.transitionMs ?? TRANSITION_MS,
      segmentBytes: options.segmentBytes ?? SEGMENT_BYTES,
      segmentAgeMs: options.segmentAgeMs ?? SEGMENT_AGE_MS,
      throttleWrites: limits.throttleWrites,
    });
    const tokenSecret = createHash('sha256').update(`tokens:${options.secretAccessKey}`).digest('hex');
    const tokenLifeMs = options.iteratorLifeMs ?? ITERATOR_LIFE_MS;
    const context = { catalog, limits, region: options.region, now, tokenLifeMs, tokenSecret };
    const onDefect = options.onDefect ?? (() => undefined);
    const http = new AwsJsonEndpoint({
      target: 'Kinesis_20131202',
      operations: operationsOf(context),
      verifier: new SigV4Verifier({ ...options, service: 'kinesis', now: Date.now }),
      maxBodyBytes: MAX_BODY_BYTES,
      onDefect,
    });
    return new KinesisEndpoint(catalog, http, options.trimEveryMs ?? TRIM_EVERY_MS, onDefect);
  }

  /** Answers the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return this.http.listen(host, port);
  }

  /** Removes what retention no longer covers. This also happens by itself, every minute. */
  trim(): Promise<void> {
    return this.catalog.trim();
  }

  /** Answers what was asked, writes what was given, and lets go of the folder. */
  async close(): Promise<void> {
    clearInterval(this.trimming);
    await this.http.close();
    await this.catalog.close();
  }
}

function operationsOf(context: KinesisContext): ConstructorParameters<typeof AwsJsonEndpoint>[0]['operations'] {
  const groups = [
    new StreamOperations(context),
    new ShardOperations(context),
    new PutOperations(context),
    new GetOperations(context),
    new TagOperations(context),
  ];
  return new Map(groups.flatMap((group) => group.operations()));
}
