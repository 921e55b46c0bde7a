import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { PenstockError } from '../../domain/errors.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type { SpliceObject, StoredObject } from '../../domain/ports/object-store.port.js';
import {
  type HeadPlan,
  type PartLimits,
  planHead,
  planTail,
  type Span,
} from '../../domain/warehouse-loading/splice-plan.js';
import { attributesOf } from './object-attributes.js';
import type { ObjectReader } from './read-object.js';
import type { ObjectWriter } from './object-writer.js';
import type { S3Bucket } from './s3-connection.js';
import { isNamed, statusOf, translateFailure } from './s3-errors.js';

/** One patch: bytes from `offset` on, of an object. */
export interface Splice {
  readonly key: string;
  readonly offset: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface SpliceParts {
  readonly reader: ObjectReader;
  readonly writer: ObjectWriter;
  readonly metrics: Metrics;
  readonly limits: PartLimits;
}

/** The object as it was at first, which it must still be at last. */
interface Before {
  readonly etag: string;
  readonly size: number;
  readonly head: HeadObjectCommandOutput;
}

/**
 * Splices content into an object: a small one is read and written again, of a large one the store copies what stays. Either
 * way it is stored only if the object still has the ETag it had at first.
 */
export class ObjectSplicer {
  constructor(private readonly parts: SpliceParts) {}

  async splice(bucket: S3Bucket, splice: Splice, { ifMatch, signal }: SpliceObject): Promise<StoredObject> {
    const before = await look(bucket, splice, ifMatch);
    const content = await startOf(splice.content);
    if (content === undefined) return unchanged(splice.key, before);
    const tags = await tagsOf(bucket, splice.key);
    const run = new SpliceRun(this.parts, bucket, { ...splice, content }, before);
    const job = {
      key: splice.key,
      attributes: attributesOf(before.head, tags),
      condition: { ifMatch: before.etag },
      signal,
      content: (openBytes: () => number) => run.content(openBytes),
      copies: { etag: before.etag, head: run.head.copies, tail: () => run.tail },
    };
    return this.parts.writer.write(bucket, job).catch((error: unknown) => {
      throw ifMatch === undefined ? lostRace(error, splice.key) : error;
    });
  }
}

class SpliceRun {
  readonly head: HeadPlan;
  /** Known when the content has been read. */
  tail: readonly Span[] = [];
  private readonly copies: boolean;

  constructor(
    private readonly parts: SpliceParts,
    private readonly bucket: S3Bucket,
    private readonly splice: Splice,
    private readonly before: Before,
  ) {
    const { limits } = parts;
    this.copies = before.size > limits.sentPartBytes;
    this.head = planHead(splice.offset, this.copies ? limits : { ...limits, minPartBytes: Number.POSITIVE_INFINITY });
  }

  /** What is sent: bytes in front that are not copied, the content, and bytes behind it that are not. */
  async *content(openBytes: () => number): AsyncGenerator<Uint8Array> {
    yield* this.resent(this.head.resent);
    let end = this.splice.offset;
    for await (const chunk of this.splice.content) {
      end += chunk.length;
      this.requireRoom(end);
      yield chunk;
    }
    const { size } = this.before;
    const { limits } = this.parts;
    if (!this.copies) {
      if (end < size) yield* this.resent({ first: end, last: size - 1 });
      return;
    }
    const plan = planTail({ end, size, openBytes: openBytes() }, limits);
    yield* this.resent(plan.resent);
    this.tail = plan.copies;
  }

  private requireRoom(end: number): void {
    const { maxObjectBytes } = this.parts.limits;
    if (end > maxObjectBytes) {
      throw new PenstockError('object.too-large', `An object has at most ${maxObjectBytes} bytes.`);
    }
  }

  private async *resent(span: Span | undefined): AsyncGenerator<Uint8Array> {
    if (span === undefined) return;
    const read = await this.parts.reader.read(this.bucket, this.splice.key, { range: span, ifMatch: this.before.etag });
    if (read !== 'unmodified') yield* read.body;
  }
}

async function look(bucket: S3Bucket, { key, offset }: Splice, ifMatch: string | undefined): Promise<Before> {
  await bucket.look.sendsConditions();
  const { sdk, client, name } = bucket;
  const head = await client
    .send(new sdk.HeadObjectCommand({ Bucket: name, Key: key }))
    .catch(async (cause: unknown) => {
      if (statusOf(cause) !== 404) throw translateFailure(cause, `object "${key}"`);
      await bucket.look.requireBucket();
      throw new PenstockError('object.unknown', `There is no object "${key}".`, { cause });
    });
  const { ETag: etag = '', ContentLength: size = 0 } = head;
  if (ifMatch !== undefined && ifMatch !== etag) {
    throw new PenstockError('object.unmatched', `The object "${key}" is not the one with this ETag any more.`);
  }
  if (offset > size) {
    throw new PenstockError('object.gap', `The object has ${size} bytes, and offset ${offset} would leave a gap.`);
  }
  return { etag, size, head };
}

/** The content, of which something has been seen; undefined where there is none. */
async function startOf(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array> | undefined> {
  const pieces = content[Symbol.asyncIterator]();
  for (;;) {
    const piece = await pieces.next();
    if (piece.done === true) return undefined;
    if (piece.value.length > 0) return continued(piece.value, pieces);
  }
}

async function* continued(first: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) yield piece.value;
  } finally {
    await pieces.return?.();
  }
}

function unchanged(key: string, { etag, size, head: { VersionId } }: Before): StoredObject {
  return { key, etag, size, ...(VersionId && VersionId !== 'null' && { versionId: VersionId }) };
}

/** Tags that may not be read cannot be kept, and are not lost silently; a store that has none has none to lose. */
async function tagsOf({ sdk, client, name }: S3Bucket, key: string) {
  try {
    return (await client.send(new sdk.GetObjectTaggingCommand({ Bucket: name, Key: key }))).TagSet ?? [];
  } catch (cause) {
    if (isNamed(cause, 'NotImplemented') || isNamed(cause, 'MethodNotAllowed')) return [];
    throw translateFailure(cause, `tags of object "${key}"`);
  }
}

/** Without a condition of the caller's, an ETag that no longer holds is a race that was lost. */
function lostRace(error: unknown, key: string): unknown {
  if (!(error instanceof PenstockError) || error.code !== 'object.unmatched') return error;
  return new PenstockError('object.changed', `Somebody else has changed the object "${key}" meanwhile.`, {
    cause: error,
  });
}
