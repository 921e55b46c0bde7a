import { createReadStream } from 'node:fs';
import type { GzipMember } from './gzip-walker.js';

const READ_BYTES = 256 * 1024;
/** RFC 1951, 3.2.4: an empty stored block, where the three bits of its header fit into the byte before. */
const EMPTY_BLOCK = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** And with a byte of its own for the header. */
const EMPTY_BLOCK_APART = Buffer.from([0x00, ...EMPTY_BLOCK]);
const STORED_HEADER_BITS = 3;

/** A newline as a stored block, between bytes. */
export const NEWLINE_BLOCK = Buffer.from([0x00, 0x01, 0x00, 0xfe, 0xff, 0x0a]);
/** The last block of a joined stream: fixed codes, and nothing but the end. */
export const LAST_BLOCK = Buffer.from([0x03, 0x00]);

/**
 * The deflate stream of a gzip member as it is but for its end: its last block is no longer the last, and an empty block
 * behind it fills the byte up, so that whatever follows begins with a byte (as zlib's gzjoin does it).
 */
export async function* joinedMember(path: string, member: GzipMember): AsyncGenerator<Uint8Array> {
  const { start, lastBlockBit, endBit } = member;
  const end = Math.ceil(endBit / 8);
  const flagAt = Math.floor(lastBlockBit / 8);
  const usedBits = endBit % 8;
  let at = start;
  for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: READ_BYTES })) {
    const bytes = chunk as Buffer;
    if (flagAt >= at && flagAt < at + bytes.length) clear(bytes, flagAt - at, 1 << (lastBlockBit % 8));
    at += bytes.length;
    // What is behind the last code in its byte is padding, and becomes the header of the empty block.
    if (at === end && usedBits > 0) clear(bytes, bytes.length - 1, 0xff ^ ((1 << usedBits) - 1));
    yield bytes;
  }
  if (at !== end) throw new RangeError('The file is cut off.');
  yield usedBits > 0 && 8 - usedBits >= STORED_HEADER_BITS ? EMPTY_BLOCK : EMPTY_BLOCK_APART;
}

function clear(bytes: Buffer, at: number, bits: number): void {
  bytes[at] = (bytes[at] ?? 0) & ~bits;
}
