import type { ByteRange } from '../warehouse-loading/byte-range.js';

/** One object, as a listing shows it. */
export interface ObjectSummary {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
  /** With its quotes, as the store gives it. */
  readonly etag: string;
}

export interface ObjectPage {
  readonly objects: readonly ObjectSummary[];
  /** Common prefixes, where a delimiter was given. */
  readonly prefixes: readonly string[];
  /** Continues the listing; absent on the last page. */
  readonly next?: string;
}

export interface ListObjects {
  readonly prefix?: string;
  readonly delimiter?: string;
  /** Objects and prefixes of the page together; a store may give fewer, and never more than 1,000. */
  readonly limit: number;
  /** `next` of the page before, with the same prefix and delimiter. */
  readonly cursor?: string;
}

export interface ObjectHead extends ObjectSummary {
  readonly contentType?: string;
  /** How the stored bytes are encoded (`gzip`); they are never decoded here. */
  readonly contentEncoding?: string;
  readonly versionId?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ReadObject {
  readonly range?: ByteRange;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** Gives the read up, also while its content is read. */
  readonly signal?: AbortSignal;
}

export interface ObjectContent extends ObjectHead {
  /** Bytes of this answer, which are fewer than `size` for a range. */
  readonly length: number;
  /** `bytes a-b/size` for a range. */
  readonly contentRange?: string;
  /** Must be read to its end or destroyed; fails where it cannot be read to its end, or its checksum is not right. */
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
}

/** What must hold for a write; a store decides it atomically with the write. */
export type WriteCondition =
  | { readonly ifAbsent: true }
  /** There is an object, whichever: the last writer wins, and none is created. */
  | { readonly ifPresent: true }
  | { readonly ifMatch: string };

export interface WriteObject {
  readonly condition?: WriteCondition;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Gives the write up; nothing is stored then. */
  readonly signal?: AbortSignal;
}

export interface SpliceObject {
  readonly ifMatch?: string;
  /**
   * How often to begin again when somebody else changed the object meanwhile; content is kept for that, in memory or in a
   * temporary file, and `request.too-large` where it is longer than what is kept.
   */
  readonly retries?: number;
  /** Gives the write up; the object stays as it was then. */
  readonly signal?: AbortSignal;
}

export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly versionId?: string;
  /** Bytes of the whole object. */
  readonly size: number;
}

/**
 * One bucket of an object store. Content streams with flat memory, whatever its size, and appears whole or not at all: when
 * the content given fails, or the process ends, what was stored before is still there. Keys are as `checkObjectKey` allows.
 * Every adapter passes test/contracts/object-store.contract.ts against a real engine.
 *
 * @throws PenstockError `object.unknown`, `object.exists` (ifAbsent), `object.unmatched` (ifMatch), `object.changed` (a race
 * was lost to somebody else), `bucket.unknown`, `bucket.forbidden`, `bucket.unreachable`, `bucket.throttled`,
 * `bucket.refused`, `bucket.unconditional` (the store takes writes without looking at their conditions)
 */
export abstract class ObjectStore {
  /** A page of the keys that begin with `prefix`, in the order of their UTF-8 bytes. @throws PenstockError also `cursor.invalid` */
  abstract list(request: ListObjects): Promise<ObjectPage>;

  /** @returns undefined where there is no such object */
  abstract head(key: string): Promise<ObjectHead | undefined>;

  /**
   * The object as it is now, whatever is written to it while it is read.
   *
   * @returns 'unmodified' when `ifNoneMatch` still holds
   * @throws PenstockError also `object.range` where the range lies behind its end
   */
  abstract read(key: string, request?: ReadObject): Promise<ObjectContent | 'unmodified'>;

  /**
   * Stores content of any length. The condition is looked at before content is read, and decided when it is stored.
   *
   * @throws PenstockError also `object.too-large`, and whatever reading the content throws
   */
  abstract put(key: string, content: AsyncIterable<Uint8Array>, options?: WriteObject): Promise<StoredObject>;

  /**
   * Replaces bytes from `offset` on by `content`, growing the object where it reaches beyond its end; atomically, guarded
   * by the ETag it had at the beginning (or by `ifMatch`). Bytes that stay do not travel, where the store can copy them;
   * content type, metadata and tags stay. Nothing is written for empty content.
   *
   * @throws PenstockError also `object.gap` when `offset` is beyond the end, `object.too-large`
   */
  abstract splice(
    key: string,
    offset: number,
    content: AsyncIterable<Uint8Array>,
    options?: SpliceObject,
  ): Promise<StoredObject>;

  /** @returns false when there was nothing to delete */
  abstract delete(key: string, options?: { readonly ifMatch?: string }): Promise<boolean>;

  /** A URL that lets its holder upload or download this one object until it expires; nothing is looked at. */
  abstract presign(key: string, verb: 'get' | 'put', expiresInSeconds: number): Promise<string>;
}
