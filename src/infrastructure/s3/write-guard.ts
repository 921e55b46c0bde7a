import { PenstockError } from '../../domain/errors.js';
import type { WriteCondition } from '../../domain/ports/object-store.port.js';
import type { S3Bucket } from './s3-connection.js';
import { isConditionFailure, statusOf, translateFailure, wasRepeated } from './s3-errors.js';

/** Conditions as the requests of S3 carry them. */
export interface Guard {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/** What the store answers to a write. */
export interface Written {
  readonly ETag?: string | undefined;
  readonly VersionId?: string | undefined;
}

/** How often a write whose target only must exist begins again because somebody else has written it. */
const MAX_TURNS = 10;

/** Other things that are not there, with the same status as a missing object. */
const BEYOND_CONDITIONS = new Set(['NoSuchBucket', 'NoSuchUpload']);

/** Holds a write to its condition: early, before content is read, and again by the store when it is made. */
export class WriteGuard {
  constructor(
    private readonly bucket: S3Bucket,
    private readonly key: string,
    private readonly condition: WriteCondition | undefined,
  ) {}

  /** @throws PenstockError when the condition does not hold now */
  async check(): Promise<void> {
    if (this.condition === undefined) return;
    await this.bucket.look.sendsConditions();
    const etag = await this.currentEtag();
    if ('ifAbsent' in this.condition) {
      if (etag !== undefined) throw this.told('object.exists');
      return;
    }
    if (etag === undefined) throw this.told('object.unknown');
    if ('ifMatch' in this.condition && this.condition.ifMatch !== etag) throw this.told('object.unmatched');
  }

  /**
   * Makes the write under its condition. One that was tried twice, because the answer to the first try got lost, may find
   * its own object in the way: it is known by the ETag its content must have.
   */
  async write(send: (guard: Guard) => Promise<Written>, expectedEtag: () => string): Promise<Written> {
    for (let turn = 1; ; turn += 1) {
      try {
        return await send(await this.guard());
      } catch (cause) {
        const own = await this.settle(cause, expectedEtag, turn < MAX_TURNS);
        if (own !== undefined) return own;
      }
    }
  }

  /** The own object, where it was in the way; undefined where another turn may succeed. @throws for all other failures */
  private async settle(cause: unknown, expectedEtag: () => string, mayTurn: boolean): Promise<Written | undefined> {
    if (!isConditionFailure(cause) && statusOf(cause) !== 404) throw cause;
    const etag = await this.currentEtag();
    if (wasRepeated(cause) && etag === expectedEtag()) return { ETag: etag };
    if (cause instanceof Error && BEYOND_CONDITIONS.has(cause.name)) throw cause;
    if (!mayTurn || !this.takesAny || etag === undefined) throw this.refusal(cause, etag);
    return undefined;
  }

  private get takesAny(): boolean {
    return this.condition !== undefined && 'ifPresent' in this.condition;
  }

  private async guard(): Promise<Guard> {
    const { condition } = this;
    if (condition === undefined || !(await this.bucket.look.sendsConditions())) return {};
    if ('ifAbsent' in condition) return { IfNoneMatch: '*' };
    if ('ifMatch' in condition) return { IfMatch: condition.ifMatch };
    const etag = await this.currentEtag();
    if (etag === undefined) throw this.told('object.unknown');
    return { IfMatch: etag };
  }

  private refusal(cause: unknown, etag: string | undefined): unknown {
    const { condition } = this;
    if (condition === undefined || !isConditionFailure(cause)) return cause;
    if ('ifAbsent' in condition) return this.told(etag === undefined ? 'object.changed' : 'object.exists', cause);
    if (etag === undefined) return this.told('object.unknown', cause);
    return this.told(
      'ifMatch' in condition && etag !== condition.ifMatch ? 'object.unmatched' : 'object.changed',
      cause,
    );
  }

  private async currentEtag(): Promise<string | undefined> {
    const { sdk, client, name } = this.bucket;
    try {
      return (await client.send(new sdk.HeadObjectCommand({ Bucket: name, Key: this.key }))).ETag;
    } catch (cause) {
      if (statusOf(cause) !== 404) throw translateFailure(cause, `object "${this.key}"`);
      await this.bucket.look.requireBucket();
      return undefined;
    }
  }

  private told(
    code: 'object.exists' | 'object.unknown' | 'object.unmatched' | 'object.changed',
    cause?: unknown,
  ): PenstockError {
    const words = {
      'object.exists': `There is an object "${this.key}" already.`,
      'object.unknown': `There is no object "${this.key}".`,
      'object.unmatched': `The object "${this.key}" is not the one with this ETag any more.`,
      'object.changed': `Somebody else is writing the object "${this.key}".`,
    };
    return new PenstockError(code, words[code], { cause });
  }
}
