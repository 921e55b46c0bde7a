import { createHash, randomBytes } from 'node:crypto';

export const KIB = 1024;
export const MIB = 1024 ** 2;

/** One chunk after another, as a stream gives content; the length of a chunk is no divisor of anything. */
export async function* inChunks(bytes: Uint8Array, chunkBytes = 65_521): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

/** Content that is cut off: it gives some of its bytes and fails. */
export async function* breakingAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes);
  throw new Error('The client has gone.');
}

export async function collected(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes that repeat nowhere, so that a misplaced range is noticed; made once, for they are many. */
const noise = randomBytes(32 * MIB);

export function bytesOf(length: number, from = 0): Buffer {
  return Buffer.from(noise.subarray(from, from + length));
}

/** What a patch makes of an object. */
export function spliced(before: Uint8Array, offset: number, content: Uint8Array): Buffer {
  return Buffer.concat([before.subarray(0, offset), content, before.subarray(offset + content.length)]);
}
