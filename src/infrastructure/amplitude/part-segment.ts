import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, gunzip } from 'node:zlib';
import { CONTENT_AT_ONCE_BYTES, PACKED_AT_ONCE_BYTES, release } from './at-once.js';
import { append, type Content, LEVEL, NEWLINE_CONTENT } from './content.js';
import type { PartRecord } from './run-record.js';
import { joinedMemberOf, LAST_BLOCK, NEWLINE_BLOCK } from './joined-deflate.js';
import { type DroppedBits, hasDropped, isDropped } from './kept-lines.js';
import { readRange } from './read-range.js';

const NEWLINE = 0x0a;
/** Where a piece is filled to its end, zlib begins another one. */
const SPARE_BYTES = 1024;
/** Small parts that are joined are worked on together, up to this much content: each is a turn of Node's threads. */
const TOGETHER_BYTES = 2 * 1024 * 1024;
/** RFC 1952: of a member without a name or a time. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const GZIP_TRAILER_BYTES = 8;

/** A part of an hour, and which of its lines are dropped. */
export interface PartLines {
  /** Of the file of the hour. */
  readonly path: string;
  readonly part: PartRecord;
  /** Number of its first line in the hour, by which `bits` count. */
  readonly firstLine: number;
  readonly bits: DroppedBits;
}

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
  const member = gzipOf(pieces, known);
  release(bytes);
  return decompressed(member, known);
}

function gzipOf(pieces: readonly Buffer[], { bytes, crc }: Content): Buffer {
  const trailer = Buffer.alloc(GZIP_TRAILER_BYTES);
  trailer.writeUInt32LE(crc);
  trailer.writeUInt32LE(bytes, 4);
  return Buffer.concat([GZIP_HEADER, ...pieces, LAST_BLOCK, trailer]);
}

/**
 * Between a header and a trailer of gzip, zlib itself finds out whether the pieces say what they should, to their end: where
 * a block is still the last one, what it takes for the trailer is wrong.
 */
async function decompressed(member: Buffer, { bytes, crc }: Content): Promise<PartSegment> {
  const most = bytes + SPARE_BYTES;
  const content = await promisify(gunzip)(member, { chunkSize: most, maxOutputLength: most });
  const packed = member.subarray(GZIP_HEADER.length, -LAST_BLOCK.length - GZIP_TRAILER_BYTES);
  return { packed, content, crc };
}

async function deflatedAgain(packed: Buffer, lines: PartLines): Promise<PartSegment> {
  const most = lines.part.bytes + SPARE_BYTES;
  const all = await promisify(gunzip)(packed, { chunkSize: most, maxOutputLength: most });
  if (all.length !== lines.part.bytes) throw new RangeError('The file is not the one it was.');
  const content = keptContent(all, lines);
  release(all);
  const packedBytes = packed.length;
  release(packed);
  const options = { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: packedBytes + SPARE_BYTES };
  return { packed: await promisify(deflateRaw)(content, options), content, crc: crc32(content) };
}

/** The lines that are kept, each with its newline; what lies between two dropped ones is taken together. */
export function keptContent(content: Buffer, { firstLine, bits }: Pick<PartLines, 'firstLine' | 'bits'>): Buffer {
  const kept: Uint8Array[] = [];
  let [line, from, at] = [firstLine, 0, 0];
  while (at < content.length) {
    const newline = content.indexOf(NEWLINE, at);
    const next = newline < 0 ? content.length : newline + 1;
    if (isDropped(bits, line)) {
      kept.push(content.subarray(from, at));
      from = next;
    }
    line += 1;
    at = next;
  }
  kept.push(content.subarray(from));
  const endsOpen = from < content.length && content.at(-1) !== NEWLINE;
  return Buffer.concat(endsOpen ? [...kept, Buffer.of(NEWLINE)] : kept);
}
