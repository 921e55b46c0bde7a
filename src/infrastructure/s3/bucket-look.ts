import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { PenstockError } from '../../domain/errors.js';
import { isNamed, statusOf, translateFailure } from './s3-errors.js';

interface Place {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
  readonly name: string;
}

/** An ETag no content has. */
const NO_ETAG = '"00000000000000000000000000000000"';

/** What is found out about a bucket once, and known from then on. */
export class BucketLook {
  private isThere = false;
  private trial: Promise<boolean> | undefined;

  constructor(
    private readonly place: Place,
    private readonly conditions: 'kept' | 'untried' | 'omitted',
  ) {}

  /** Makes the bucket unless it is there. */
  async create(): Promise<void> {
    const { sdk, client, name } = this.place;
    try {
      await client.send(new sdk.CreateBucketCommand({ Bucket: name }));
    } catch (cause) {
      if (!isNamed(cause, 'BucketAlreadyOwnedByYou') && !isNamed(cause, 'BucketAlreadyExists')) throw this.told(cause);
    }
    this.isThere = true;
  }

  /**
   * Tells a missing object from a missing bucket, which a store does not for HEAD, whose answers have no body.
   *
   * @throws PenstockError `bucket.unknown`
   */
  async requireBucket(): Promise<void> {
    if (this.isThere) return;
    const { sdk, client, name } = this.place;
    try {
      await client.send(new sdk.HeadBucketCommand({ Bucket: name }));
      this.isThere = true;
    } catch (cause) {
      // Whoever may read objects need not have the right to look at the bucket.
      if (statusOf(cause) !== 403) throw this.told(cause);
    }
  }

  /** Whether the store decides conditions, as far as that is known without asking it. */
  get isKnownToDecide(): boolean {
    return this.conditions === 'kept';
  }

  /**
   * Whether conditions go with writes. Some stores take them and never look at them: one write that must not succeed tells,
   * once.
   *
   * @throws PenstockError `bucket.unconditional`
   */
  async sendsConditions(): Promise<boolean> {
    if (this.conditions !== 'untried') return this.conditions === 'kept';
    this.trial ??= this.keepsConditions();
    const keeps = await this.trial.catch((error: unknown) => {
      this.trial = undefined;
      throw error;
    });
    if (keeps) return true;
    throw new PenstockError(
      'bucket.unconditional',
      `The store of bucket "${this.place.name}" does not decide conditions of writes, so that concurrent ones would be lost; S3_CONDITIONAL_WRITES=off accepts that.`,
    );
  }

  private async keepsConditions(): Promise<boolean> {
    const { sdk, client, name } = this.place;
    const object = { Bucket: name, Key: `.penstock/condition-${randomUUID()}` };
    try {
      await client.send(
        new sdk.PutObjectCommand({ ...object, Body: new Uint8Array(), ContentLength: 0, IfMatch: NO_ETAG }),
      );
    } catch (cause) {
      if (isNamed(cause, 'NotImplemented')) return false;
      // 404 and 412 are how it is refused; without the right to write this key nothing can be said.
      if (!isNamed(cause, 'NoSuchBucket') && [403, 404, 412].includes(statusOf(cause))) return true;
      throw this.told(cause);
    }
    await client.send(new sdk.DeleteObjectCommand(object));
    return false;
  }

  private told(cause: unknown): unknown {
    return translateFailure(cause, `bucket "${this.place.name}"`);
  }
}
