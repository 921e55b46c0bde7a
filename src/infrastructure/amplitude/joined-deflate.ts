import { createReadStream } from 'node:fs';
import type { Content } from './content.js';
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

/** RFC 1952: the header of a member without a name or a time. Between it and `gzipEnd`, zlib checks a joined stream. */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
export const GZIP_END_BYTES = LAST_BLOCK.length + 8;

/**
 * The end of such a member, after what says this content, whose length is told modulo 2^32. Where a block is still the last
 * one, what zlib takes for the trailer is wrong.
 */
export function gzipEnd({ bytes, crc }: Content): Buffer {
  const end = Buffer.alloc(GZIP_END_BYTES);
  LAST_BLOCK.copy(end);
  end.writeUInt32LE(crc, LAST_BLOCK.length);
  end.writeUInt32LE(bytes >>> 0, LAST_BLOCK.length + 4);
  return end;
}

/**
 * The deflate stream of a gzip member as it is but for its end: its last block is no longer the last, and an empty block
 * behind it fills the byte up, so that whatever follows begins with a byte (as zlib's gzjoin does it).
 */
export async function* joinedMember(path: string, member: GzipMember): AsyncGenerator<Uint8Array> {
  const end = endOf(member);
  let at = member.start;
  for await (const chunk of createReadStream(path, { start: at, end: end - 1, highWaterMark: READ_BYTES })) {
    reopen(chunk as Buffer, at, member);
    at += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (at !== end) throw new RangeError('The file is cut off.');
  yield fillingOf(member);
}

/** The same of bytes that are there, which begin at `base` in the file and are changed. */
export function joinedMemberOf(bytes: Buffer, base: number, member: GzipMember): Buffer[] {
  const own = bytes.subarray(member.start - base, endOf(member) - base);
  reopen(own, member.start, member);
  return [own, fillingOf(member)];
}

/** First byte behind the deflate stream. */
function endOf({ endBit }: GzipMember): number {
  return Math.ceil(endBit / 8);
}

/** Clears, in a piece of the stream that begins at `at` in the file, what ends it. */
function reopen(bytes: Buffer, at: number, member: GzipMember): void {
  const { lastBlockBit, endBit } = member;
  const flagAt = Math.floor(lastBlockBit / 8);
  if (flagAt >= at && flagAt < at + bytes.length) clear(bytes, flagAt - at, 1 << (lastBlockBit % 8));
  // What is behind the last code in its byte is padding, and becomes the header of the empty block.
  if (at + bytes.length === endOf(member) && endBit % 8 > 0)
    clear(bytes, bytes.length - 1, 0xff ^ ((1 << (endBit % 8)) - 1));
}

function fillingOf({ endBit }: GzipMember): Buffer {
  const usedBits = endBit % 8;
  return usedBits > 0 && 8 - usedBits >= STORED_HEADER_BITS ? EMPTY_BLOCK : EMPTY_BLOCK_APART;
}

function clear(bytes: Buffer, at: number, bits: number): void {
  bytes[at] = (bytes[at] ?? 0) & ~bits;
}
