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
  readonly limit: number;
  readonly cursor?: string;
}

export interface ObjectHead extends ObjectSummary {
  readonly contentType?: string;
  readonly versionId?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes `first` to `last`, both inclusive; without `first` the last `suffix` bytes (RFC 9110, 14.1.2). */
export type ByteRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

export interface ReadObject {
  readonly range?: ByteRange;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

export interface ObjectContent extends ObjectHead {
  /** Bytes of this answer, which are fewer than `size` for a range. */
  readonly length: number;
  /** `bytes a-b/size` for a range. */
  readonly contentRange?: string;
  /** Must be read to its end or destroyed. */
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
}

/** What must hold for a write; a store decides it atomically with the write. */
export type WriteCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

export interface WriteObject {
  readonly condition?: WriteCondition;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Gives the write up; nothing is stored then. */
  readonly signal?: AbortSignal;
}

export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly versionId?: string;
  readonly size: number;
}

/**
 * One bucket of an object store. Content streams with flat memory, whatever its size, and appears whole or not at all.
 * Every adapter passes test/contracts/object-store.contract.ts against a real engine.
 *
 * @throws PenstockError `object.unknown`, `object.exists` (ifAbsent), `object.changed` (ifMatch, or lost a race),
 * `object.unmodified` is no error: see `read`, `key.invalid`, `bucket.unknown`, `bucket.forbidden`, `bucket.unreachable`
 */
export abstract class ObjectStore {
  abstract list(request: ListObjects): Promise<ObjectPage>;

  /** @returns undefined where there is no such object */
  abstract head(key: string): Promise<ObjectHead | undefined>;

  /** @returns 'unmodified' when `ifNoneMatch` still holds */
  abstract read(key: string, request?: ReadObject): Promise<ObjectContent | 'unmodified'>;

  abstract put(key: string, content: AsyncIterable<Uint8Array>, options?: WriteObject): Promise<StoredObject>;

  /**
   * Replaces bytes from `offset` on by `content`, growing the object where it reaches beyond its end; atomically, guarded
   * by the ETag it had at the beginning (or by `ifMatch`). Bytes that stay do not travel, where the store can copy them.
   *
   * @throws PenstockError `object.gap` when `offset` is beyond the end
   */
  abstract splice(
    key: string,
    offset: number,
    content: AsyncIterable<Uint8Array>,
    options?: { readonly ifMatch?: string; readonly signal?: AbortSignal },
  ): Promise<StoredObject>;

  /** @returns false when there was nothing to delete */
  abstract delete(key: string): Promise<boolean>;

  /** A URL that lets its holder upload or download this one object until it expires. */
  abstract presign(key: string, verb: 'get' | 'put', expiresInSeconds: number): Promise<string>;
}
