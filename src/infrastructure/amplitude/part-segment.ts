import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, gunzip } from 'node:zlib';
import { CONTENT_AT_ONCE_BYTES, PACKED_AT_ONCE_BYTES, release } from './at-once.js';
import { append, type Content, LEVEL, NEWLINE_CONTENT } from './content.js';
import { inOrder } from './in-order.js';
import { GZIP_END_BYTES, GZIP_HEADER, gzipEnd, joinedMemberOf, NEWLINE_BLOCK } from './joined-deflate.js';
import { hasDropped, keptContent, keptLines, type PartLines } from './kept-lines.js';
import { readRange } from './read-range.js';
import type { PartRecord } from './run-record.js';

/** Where a piece is filled to its end, zlib begins another one. */
const SPARE_BYTES = 1024;
/** Small parts that are joined are worked on together, up to this much content: each is a turn of Node's threads. */
const TOGETHER_BYTES = 2 * 1024 * 1024;
/** Lines of a larger part that are compressed again together, and what comes out of that at once. */
const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_CHUNK_BYTES = 512 * 1024;
const BATCHES_AHEAD = 2;

/** A piece of a joined deflate stream, between bytes, and what it says. */
export interface PartSegment {
  readonly packed: Uint8Array;
  readonly content: Buffer;
  readonly crc: number;
}

/** Whether its streams are joined as they are: they can be, and none of its lines is dropped. */
export function isJoined({ part, firstLine, bits }: PartLines): boolean {
  return part.members.length > 0 && !hasDropped(bits, firstLine, part.lines);
}

export function isAtOnce({ start, end, bytes }: PartRecord): boolean {
  return end - start <= PACKED_AT_ONCE_BYTES && bytes < CONTENT_AT_ONCE_BYTES;
}

/** What becomes one segment: small parts that are joined and lie behind one another, or a part by itself. */
export type SegmentParts = readonly [PartLines, ...PartLines[]];

export function* segmentsOf(parts: Iterable<PartLines>): Generator<SegmentParts> {
  let together: [PartLines, ...PartLines[]] | undefined;
  for (const lines of parts) {
    if (together !== undefined && areTogether(together, lines)) {
      together.push(lines);
      continue;
    }
    if (together !== undefined) yield together;
    together = [lines];
  }
  if (together !== undefined) yield together;
}

function areTogether(before: SegmentParts, { path, part, ...lines }: PartLines): boolean {
  const { start } = before[0].part;
  const bytes = before.reduce((sum, each) => sum + each.part.bytes, part.bytes);
  const isNext = before[0].path === path && before.at(-1)?.part.end === part.start;
  const isSmall = bytes <= TOGETHER_BYTES && part.end - start <= PACKED_AT_ONCE_BYTES;
  return isNext && isSmall && isJoined({ path, part, ...lines }) && isJoined(before[0]);
}

/**
 * The segment of parts that are small enough to be held in memory. What is joined is decompressed, and compared with what
 * is known of it.
 *
 * @throws RangeError, or Error of zlib, when something on the disk, or a join, is not what it should be
 */
export async function segmentOf(parts: SegmentParts): Promise<PartSegment> {
  const [first] = parts;
  const read = await readRange(first.path, first.part.start, parts.at(-1)?.part.end ?? 0);
  return isJoined(first) ? joinedSegment(read, parts) : deflatedAgain(read, first);
}

async function joinedSegment(bytes: Buffer, parts: SegmentParts): Promise<PartSegment> {
  const base = parts[0].part.start;
  const known: Content = { bytes: 0, crc: 0 };
  const pieces: Buffer[] = [];
  for (const { part } of parts) {
    for (const member of part.members) {
      pieces.push(...joinedMemberOf(bytes, base, member));
      append(known, { bytes: member.size, crc: member.crc });
    }
    if (part.endsWithNewline) continue;
    pieces.push(NEWLINE_BLOCK);
    append(known, NEWLINE_CONTENT);
  }
  const member = Buffer.concat([GZIP_HEADER, ...pieces, gzipEnd(known)]);
  release(bytes);
  return decompressed(member, known);
}

/** zlib itself finds out whether it says what it should, to its end. */
async function decompressed(member: Buffer, { bytes, crc }: Content): Promise<PartSegment> {
  const most = bytes + SPARE_BYTES;
  const content = await promisify(gunzip)(member, { chunkSize: most, maxOutputLength: most });
  return { packed: member.subarray(GZIP_HEADER.length, -GZIP_END_BYTES), content, crc };
}

async function deflatedAgain(packed: Buffer, lines: PartLines): Promise<PartSegment> {
  const most = lines.part.bytes + SPARE_BYTES;
  const all = await promisify(gunzip)(packed, { chunkSize: most, maxOutputLength: most });
  if (all.length !== lines.part.bytes) throw new RangeError('The file is not the one it was.');
  const { content } = keptContent(all, lines);
  release(all);
  const chunkSize = packed.length + SPARE_BYTES;
  release(packed);
  return deflated(content, chunkSize);
}

/** The segments of a larger part, each with some of its lines, compressed again. */
export function segmentsOfLarge(lines: PartLines): AsyncGenerator<PartSegment> {
  return inOrder(keptLines(lines, BATCH_BYTES), BATCHES_AHEAD, (content) => deflated(content, BATCH_CHUNK_BYTES));
}

/** Blocks that end with a byte, none of which is the last. */
async function deflated(content: Buffer, chunkSize: number): Promise<PartSegment> {
  const options = { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH, chunkSize };
  return { packed: await promisify(deflateRaw)(content, options), content, crc: crc32(content) };
}
