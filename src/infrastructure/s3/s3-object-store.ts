import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type {
  ListObjects,
  ObjectContent,
  ObjectHead,
  ObjectPage,
  ObjectStore,
  ReadObject,
  SpliceObject,
  StoredObject,
  WriteObject,
} from '../../domain/ports/object-store.port.js';
import { S3_PART_LIMITS } from '../../domain/warehouse-loading/splice-plan.js';
import { type CutLimits, MEMORY_PART_BYTES } from './cut-parts.js';
import { KEEP_LIMITS, keepContent, type KeepLimits } from './kept-content.js';
import { listObjects } from './list-objects.js';
import { headOf } from './object-attributes.js';
import { ObjectReader } from './read-object.js';
import { ObjectWriter } from './object-writer.js';
import type { S3Bucket, S3Connection } from './s3-connection.js';
import { isConditionFailure, statusOf, translateFailure, wasRepeated } from './s3-errors.js';
import { ObjectSplicer } from './splice-object.js';
import { untilAborted } from './until-aborted.js';
import { WriteGuard } from './write-guard.js';

export interface ObjectStoreOptions {
  readonly parallelParts: number;
  readonly limits?: CutLimits;
  readonly keep?: KeepLimits;
}

/** How often a deletion begins again because somebody else has written the object. */
const MAX_TURNS = 10;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** One bucket of S3, or of a store that speaks its protocol. */
export class S3ObjectStore implements ObjectStore {
  private readonly reader: ObjectReader;
  private readonly writer: ObjectWriter;
  private readonly splicer: ObjectSplicer;
  private readonly keep: KeepLimits;

  constructor(
    private readonly connection: S3Connection,
    private readonly operation: { readonly log: Log; readonly metrics: Metrics },
    {
      parallelParts,
      limits = { ...S3_PART_LIMITS, memoryPartBytes: MEMORY_PART_BYTES },
      keep = KEEP_LIMITS,
    }: ObjectStoreOptions,
  ) {
    const { metrics } = operation;
    this.keep = keep;
    this.reader = new ObjectReader(metrics);
    this.writer = new ObjectWriter({ ...operation, limits, parallelParts });
    this.splicer = new ObjectSplicer({ reader: this.reader, writer: this.writer, metrics, limits });
  }

  async list(request: ListObjects): Promise<ObjectPage> {
    return listObjects(await this.connection.bucket(), request);
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const bucket = await this.connection.bucket();
    const { sdk, client, name } = bucket;
    try {
      const output = await client.send(new sdk.HeadObjectCommand({ Bucket: name, Key: key }));
      return headOf(key, output, output.ContentLength ?? 0);
    } catch (cause) {
      if (statusOf(cause) !== 404) throw translateFailure(cause, `object "${key}"`);
      await bucket.look.requireBucket();
      return undefined;
    }
  }

  async read(key: string, request: ReadObject = {}): Promise<ObjectContent | 'unmodified'> {
    return this.reader.read(await this.connection.bucket(), key, request);
  }

  async put(key: string, content: AsyncIterable<Uint8Array>, options: WriteObject = {}): Promise<StoredObject> {
    const { condition, contentType, metadata, signal } = options;
    const bucket = await this.connection.bucket();
    await new WriteGuard(bucket, key, condition).check();
    const attributes = {
      ...(contentType !== undefined && { ContentType: contentType }),
      ...(metadata && { Metadata: { ...metadata } }),
    };
    return this.writer.write(bucket, { key, attributes, condition, signal, content: () => content });
  }

  async splice(
    key: string,
    offset: number,
    content: AsyncIterable<Uint8Array>,
    options: SpliceObject = {},
  ): Promise<StoredObject> {
    const bucket = await this.connection.bucket();
    const { retries = 0, signal } = options;
    const coming = signal ? untilAborted(content, signal) : content;
    if (retries === 0) return this.counted(this.splicer.splice(bucket, { key, offset, content: coming }, options));
    const kept = await keepContent(coming, this.keep);
    const attempt = () => this.counted(this.splicer.splice(bucket, { key, offset, content: kept.read() }, options));
    try {
      return await pRetry(attempt, {
        retries,
        minTimeout: FIRST_PAUSE_MS,
        maxTimeout: LONGEST_PAUSE_MS,
        randomize: true,
        ...(signal && { signal }),
        shouldRetry: ({ error }) => error instanceof PenstockError && error.code === 'object.changed',
      });
    } finally {
      await kept.release();
    }
  }

  async delete(key: string, { ifMatch }: { readonly ifMatch?: string } = {}): Promise<boolean> {
    const bucket = await this.connection.bucket();
    for (let turn = 1; ; turn += 1) {
      const head = await this.head(key);
      if (head === undefined) return false;
      if (ifMatch !== undefined && ifMatch !== head.etag) throw unmatched(key);
      const outcome = await this.remove(bucket, head, ifMatch);
      if (outcome !== 'changed') return true;
      if (turn === MAX_TURNS) {
        throw new PenstockError('object.changed', `Somebody else is writing the object "${key}".`);
      }
    }
  }

  async presign(key: string, verb: 'get' | 'put', expiresInSeconds: number): Promise<string> {
    const [{ sdk, signer, name }, { getSignedUrl }] = await Promise.all([
      this.connection.bucket(),
      import('@aws-sdk/s3-request-presigner'),
    ]);
    const object = { Bucket: name, Key: key };
    const command = verb === 'get' ? new sdk.GetObjectCommand(object) : new sdk.PutObjectCommand(object);
    return getSignedUrl(signer, command, { expiresIn: expiresInSeconds }).catch((cause: unknown) => {
      throw translateFailure(cause, `object "${key}"`);
    });
  }

  /** Removes what was seen; without a tag of the caller too, so that of many only one has removed it. */
  private async remove(bucket: S3Bucket, { key, etag }: ObjectHead, ifMatch?: string): Promise<'removed' | 'changed'> {
    const { sdk, client, name, look } = bucket;
    const isGuarded = ifMatch === undefined ? look.isKnownToDecide : await look.sendsConditions();
    try {
      await client.send(new sdk.DeleteObjectCommand({ Bucket: name, Key: key, ...(isGuarded && { IfMatch: etag }) }));
      return 'removed';
    } catch (cause) {
      if (!isGuarded || !isConditionFailure(cause)) throw translateFailure(cause, `object "${key}"`);
      // Of a request that was sent again, the first try may have removed it.
      if (wasRepeated(cause) && (await this.head(key)) === undefined) return 'removed';
      if (ifMatch !== undefined) throw unmatched(key, cause);
      return 'changed';
    }
  }

  private async counted(splice: Promise<StoredObject>): Promise<StoredObject> {
    const count = (outcome: string) => this.operation.metrics.count('penstock_splices_total', { outcome });
    try {
      const stored = await splice;
      count('stored');
      return stored;
    } catch (error) {
      count(error instanceof PenstockError && /^object\.(changed|unmatched)$/u.test(error.code) ? 'changed' : 'failed');
      throw error;
    }
  }
}

function unmatched(key: string, cause?: unknown): PenstockError {
  return new PenstockError('object.unmatched', `The object "${key}" is not the one with this ETag any more.`, {
    cause,
  });
}
