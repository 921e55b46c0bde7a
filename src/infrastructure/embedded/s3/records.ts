import type { ChecksumAlgorithm } from './checksum-algorithms.js';

/** Some bytes of a file: where content lies. Files are never changed once they are whole, and may be shared. */
export interface Slice {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64, and for composites `-N`. */
  readonly value: string;
}

/** What a client says about an object, to be handed back with it. */
export interface ObjectAttributes {
  /** Standard headers, by their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without the `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface BucketRecord {
  readonly createdMs: number;
}

export interface ObjectRecord extends ObjectAttributes {
  /** Of this one content; another comes with every overwriting. */
  readonly id: string;
  readonly size: number;
  /** Without its quotes. */
  readonly etag: string;
  /** In whole seconds, as headers can say it. */
  readonly modifiedMs: number;
  readonly checksum?: Checksum;
  /** Where its content lies, if that is quickly told; otherwise its `PartList` tells. */
  readonly slices?: readonly Slice[];
  /** Of an object that came in parts. */
  readonly upload?: { readonly id: string; readonly parts: number };
}

/** Content in many pieces: there may be 10,000 parts, and listings should not have to read them. */
export interface PartList {
  readonly parts: readonly ObjectPart[];
}

export interface ObjectPart {
  readonly number: number;
  readonly size: number;
  readonly checksum?: string;
  readonly slices: readonly Slice[];
}

export interface UploadRecord extends ObjectAttributes {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly startedMs: number;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
}

export interface PartRecord extends ObjectPart {
  /** Of this content; a part that is sent again has another. */
  readonly id: string;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly algorithm?: ChecksumAlgorithm;
}
