import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, gunzip, inflateRaw } from 'node:zlib';
import { CONTENT_AT_ONCE_BYTES, PACKED_AT_ONCE_BYTES, release } from './at-once.js';
import { append, type Content, LEVEL, NEWLINE_CONTENT } from './content.js';
import type { PartRecord } from './hour-record.js';
import { joinedMemberOf, LAST_BLOCK, NEWLINE_BLOCK } from './joined-deflate.js';
import { type DroppedBits, hasDropped, isDropped } from './kept-lines.js';
import { readRange } from './read-range.js';

const NEWLINE = 0x0a;
/** Where a piece is filled to its end, zlib begins another one. */
const SPARE_BYTES = 1024;

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

/**
 * The segment of a part that is small enough to be held in memory. What is joined is decompressed, and compared with what
 * is known of it.
 *
 * @throws RangeError, or Error of zlib, when something on the disk, or a join, is not what it should be
 */
export async function partSegment(lines: PartLines): Promise<PartSegment> {
  const read = await readRange(lines.path, lines.part.start, lines.part.end);
  return isJoined(lines) ? joinedSegment(read, lines.part) : deflatedAgain(read, lines);
}

async function joinedSegment(bytes: Buffer, part: PartRecord): Promise<PartSegment> {
  const known: Content = { bytes: 0, crc: 0 };
  const pieces: Buffer[] = [];
  for (const member of part.members) {
    pieces.push(...joinedMemberOf(bytes, part.start, member));
    append(known, { bytes: member.size, crc: member.crc });
  }
  if (!part.endsWithNewline) {
    pieces.push(NEWLINE_BLOCK);
    append(known, NEWLINE_CONTENT);
  }
  const stream = Buffer.concat([...pieces, LAST_BLOCK]);
  const content = await inflated(stream, known.bytes);
  const crc = crc32(content);
  if (content.length !== known.bytes || crc !== known.crc) throw new RangeError('What was joined is not its parts.');
  return { packed: stream.subarray(0, -LAST_BLOCK.length), content, crc };
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** All of the stream must have been read: what follows a block that is still the last would be lost. */
async function inflated(stream: Buffer, bytes: number): Promise<Buffer> {
  const most = bytes + SPARE_BYTES;
  const told: unknown = await promisify(inflateRaw)(stream, { chunkSize: most, maxOutputLength: most, info: true });
  const { buffer, engine } = told as Inflated;
  if (engine.bytesWritten !== stream.length) throw new RangeError('What was joined ends too early.');
  return buffer;
}

async function deflatedAgain(packed: Buffer, lines: PartLines): Promise<PartSegment> {
  const most = lines.part.bytes + SPARE_BYTES;
  const all = await promisify(gunzip)(packed, { chunkSize: most, maxOutputLength: most });
  if (all.length !== lines.part.bytes) throw new RangeError('The file is not the one it was.');
  const content = keptContent(all, lines);
  release(all);
  const options = { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: packed.length + SPARE_BYTES };
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
