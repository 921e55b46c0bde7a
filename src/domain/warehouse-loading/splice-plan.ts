const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

/** What a store allows of one upload in parts, and what we make of it. */
export interface PartLimits {
  /** Of every part but the last. */
  readonly minPartBytes: number;
  /** Of a part that we send, unless the content is so long that there would be too many. */
  readonly sentPartBytes: number;
  /** Of a part that the store copies, unless the object is so large that there would be too many. */
  readonly copiedPartBytes: number;
  /** Of the parts copied on either side of the content. */
  readonly maxCopies: number;
  readonly maxParts: number;
  readonly maxObjectBytes: number;
}

/**
 * S3's own limits (parts of 5 MiB to 5 GiB, 10,000 of them, objects of 5 TiB), divided so that they always suffice: 5 TiB
 * in copies of 5 GiB are 1,024, and content that grows to 5 TiB takes less than 8,800 parts.
 */
export const S3_PART_LIMITS: PartLimits = {
  minPartBytes: 5 * MIB,
  sentPartBytes: 8 * MIB,
  copiedPartBytes: 512 * MIB,
  maxCopies: (5 * TIB) / (5 * GIB),
  maxParts: 10_000,
  maxObjectBytes: 5 * TIB,
};

/** Bytes `first` to `last`, both inclusive. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** What becomes of the bytes in front of the content: copied by the store, or read and sent again. */
export interface HeadPlan {
  readonly copies: readonly Span[];
  readonly resent?: Span;
}

/** What becomes of the bytes behind the content: those that fill its last part up, and those the store copies. */
export interface TailPlan {
  readonly resent?: Span;
  readonly copies: readonly Span[];
}

/**
 * Bytes in front of `offset` are copied where they make parts of their own; fewer become the beginning of the first part
 * that is sent.
 */
export function planHead(offset: number, limits: PartLimits): HeadPlan {
  if (offset === 0) return { copies: [] };
  const span = { first: 0, last: offset - 1 };
  return offset < limits.minPartBytes ? { copies: [], resent: span } : { copies: cutCopies(span, limits) };
}

/**
 * Bytes from `end` of the content to the `size` of the object are copied; but an open part of `openBytes` that is too small
 * to stand in front of another is filled up with the first of them.
 */
export function planTail(at: { end: number; size: number; openBytes: number }, limits: PartLimits): TailPlan {
  const { end, size, openBytes } = at;
  if (end >= size) return { copies: [] };
  const missing = openBytes === 0 ? 0 : Math.max(0, limits.minPartBytes - openBytes);
  const copiedFrom = Math.min(size, end + missing);
  const copies = copiedFrom < size ? cutCopies({ first: copiedFrom, last: size - 1 }, limits) : [];
  return { copies, ...(copiedFrom > end && { resent: { first: end, last: copiedFrom - 1 } }) };
}

/** Pieces of about the same size, none of them smaller than half of what a copy may be. */
function cutCopies({ first, last }: Span, { copiedPartBytes, maxCopies }: PartLimits): Span[] {
  const length = last - first + 1;
  const count = Math.min(maxCopies, Math.ceil(length / copiedPartBytes));
  const edge = (index: number): number => first + Math.floor((length / count) * index);
  return Array.from({ length: count }, (_, index) => ({
    first: edge(index),
    last: (index === count - 1 ? last + 1 : edge(index + 1)) - 1,
  }));
}

/** Each part is at least this fraction of what was sent before it, so that parts grow with content of unknown length. */
const GROWTH = 1 / 1200;

/** How large the next part of content shall be, after `sentBytes` of it; a multiple of 1 MiB where it grows. */
export function nextPartBytes(sentBytes: number, { sentPartBytes }: PartLimits): number {
  return Math.max(sentPartBytes, Math.ceil((sentBytes * GROWTH) / MIB) * MIB);
}
