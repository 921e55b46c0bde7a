import { MessageChannel } from 'node:worker_threads';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/**
 * Compressed bytes, and bytes of content, up to which a file is held in memory and worked off in one go: what flows in
 * pieces takes several times as long.
 */
export const PACKED_AT_ONCE_BYTES = 1024 * 1024;
export const CONTENT_AT_ONCE_BYTES = 4 * 1024 * 1024;

const LEAST_CHUNK_BYTES = 64 * 1024;
/** Of the trailer of a gzip member: the length of its content. */
const SIZE_BYTES = 4;

/** Whether its content is what is worked off at once, as far as a gzip file itself says. */
export function saysAtOnce(packed: Buffer): boolean {
  return packed.length <= PACKED_AT_ONCE_BYTES && saidBytes(packed) <= CONTENT_AT_ONCE_BYTES;
}

/**
 * Decompresses a gzip file; zlib checks its CRC and its length.
 *
 * @returns undefined when its content is larger than what is worked off at once
 * @throws Error of zlib, `Z_…`, when it is damaged or cut off
 */
export async function gunzipAtOnce(packed: Buffer): Promise<Buffer | undefined> {
  try {
    return await promisify(gunzip)(packed, { chunkSize: chunkFor(packed), maxOutputLength: CONTENT_AT_ONCE_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

/** What the file says of its length, if it can be believed: one piece need not be put together. */
function chunkFor(packed: Buffer): number {
  // Where a piece is filled to its end, zlib begins another one.
  return Math.min(Math.max(saidBytes(packed) + 1, LEAST_CHUNK_BYTES), CONTENT_AT_ONCE_BYTES);
}

/** Of the last member, modulo 2^32. */
function saidBytes(packed: Buffer): number {
  return packed.length < SIZE_BYTES ? 0 : packed.readUInt32LE(packed.length - SIZE_BYTES);
}

const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Gives the memory of a large buffer back, which is empty then: what is sent through a closed port is taken away and
 * dropped. The collector, left to find it, would be called for each few buffers, and take longer than decompressing.
 */
export function release(bytes: Buffer): void {
  // Small ones share their memory with others.
  if (bytes.buffer.byteLength > Math.max(LEAST_CHUNK_BYTES, Buffer.poolSize))
    nowhere.postMessage(undefined, [bytes.buffer as ArrayBuffer]);
}

/** The same of a piece of a stream, when it is the last one in its buffer: what zlib fills next, is another one. */
export function releaseLast(piece: Buffer): void {
  if (piece.byteOffset + piece.length === piece.buffer.byteLength) release(piece);
}

/** Whether zlib said of what it was given that it is not right. */
export function isDamage(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException | undefined)?.code).startsWith('Z_');
}
