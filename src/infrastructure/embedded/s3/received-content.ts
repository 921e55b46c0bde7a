import type { ChecksumAlgorithm } from './checksum-algorithms.js';
import { readContent } from './content-reader.js';
import type { FileStore } from './file-store.js';
import { MIN_SHARED_BYTES } from './limits.js';
import { type AnnouncedDigests, type ContentDigests, PayloadDigests } from './payload-digests.js';
import type { Slice } from './records.js';
import type { RequestBody } from './request-body.js';
import { filesOf } from './slices.js';

/** Content that is on disk, and still of no object. */
export interface StoredContent extends ContentDigests {
  readonly size: number;
  readonly slices: readonly Slice[];
}

export interface Receipt {
  readonly maxBytes: number;
  readonly announced: AnnouncedDigests;
  /** To be computed where the client announces no checksum. */
  readonly algorithm?: ChecksumAlgorithm;
}

/**
 * Writes the content of a request, and hands it to `keep`, which makes it part of a record. If anything fails, nothing
 * of it stays.
 */
export async function receiveContent<T>(
  files: FileStore,
  body: RequestBody,
  { maxBytes, announced, algorithm }: Receipt,
  keep: (content: StoredContent) => Promise<T>,
): Promise<T> {
  const digests = new PayloadDigests(announced, algorithm);
  const content = await writeContent(files, body.pieces(maxBytes), digests, () => body.trailers);
  return keepContent(files, content, keep);
}

/**
 * Hands content that lies in other files to `keep`. Its digests are computed, but as a rule nothing is written: files
 * never change, and may be shared. These must be pinned.
 */
export async function copyContent<T>(
  files: FileStore,
  slices: readonly Slice[],
  algorithm: ChecksumAlgorithm | undefined,
  keep: (content: StoredContent) => Promise<T>,
): Promise<T> {
  const digests = new PayloadDigests({}, algorithm);
  const size = slices.reduce((sum, { length }) => sum + length, 0);
  if (size < slices.length * MIN_SHARED_BYTES) {
    const content = await writeContent(files, readContent(files, slices), digests, () => new Map());
    return keepContent(files, content, keep);
  }
  for await (const piece of readContent(files, slices)) digests.update(piece);
  return keep({ ...digests.finish(new Map()), size, slices });
}

async function writeContent(
  files: FileStore,
  pieces: AsyncIterable<Buffer>,
  digests: PayloadDigests,
  trailers: () => ReadonlyMap<string, string>,
): Promise<StoredContent> {
  const file = await files.create();
  try {
    for await (const piece of pieces) {
      digests.update(piece);
      await file.write(piece);
    }
    const found = digests.finish(trailers());
    await file.finish();
    return { ...found, size: file.bytes, slices: [{ file: file.name, offset: 0, length: file.bytes }] };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function keepContent<T>(
  files: FileStore,
  content: StoredContent,
  keep: (content: StoredContent) => Promise<T>,
): Promise<T> {
  try {
    return await keep(content);
  } catch (error) {
    files.release(filesOf(content.slices));
    throw error;
  }
}
