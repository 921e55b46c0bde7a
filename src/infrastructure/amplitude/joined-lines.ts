import { createHash, type Hash } from 'node:crypto';
import { release } from './at-once.js';
import { append, type Content, NEWLINE_CONTENT } from './content.js';
import { inOrder } from './in-order.js';
import { InflateCheck } from './inflate-check.js';
import { joinedMember, LAST_BLOCK, NEWLINE_BLOCK } from './joined-deflate.js';
import type { PartLines } from './kept-lines.js';
import type { OpenedHour } from './opened-hour.js';
import {
  isAtOnce,
  isJoined,
  type PartSegment,
  segmentOf,
  type SegmentParts,
  segmentsOf,
  segmentsOfLarge,
} from './part-segment.js';

/** Segments of small parts that are worked on, and held, while the one before them is passed on. */
const AHEAD = 2;

/** What a joined stream says, when it is over. */
export interface JoinedContent extends Content {
  readonly sha256: string;
}

/**
 * The lines of hours as one deflate stream. Files without a dropped line are joined as they came, the others compressed
 * again: small ones in advance, larger ones in pieces when it is their turn. All that is joined is decompressed before its
 * end is passed on, and compared with what is known of it.
 *
 * @throws RangeError when something on the disk, or a join, is not what it should be
 */
export async function* joinedLines(
  hours: readonly OpenedHour[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, JoinedContent> {
  const soFar: SoFar = { known: { bytes: 0, crc: 0 }, sha256: createHash('sha256'), signal };
  const begin = async (parts: SegmentParts) => ({
    first: parts[0],
    segment: isAtOnce(parts[0].part) ? await segmentOf(parts) : undefined,
  });
  for await (const { first, segment } of inOrder(segmentsOf(partsOf(hours)), AHEAD, begin)) {
    signal.throwIfAborted();
    if (segment !== undefined) yield passedOn(segment, soFar);
    else if (isJoined(first)) yield* checked(first, soFar);
    else for await (const each of segmentsOfLarge(first)) yield passedOn(each, soFar);
  }
  yield LAST_BLOCK;
  return { ...soFar.known, sha256: soFar.sha256.digest('hex') };
}

function* partsOf(hours: readonly OpenedHour[]): Generator<PartLines> {
  for (const hour of hours) yield* hour.parts();
}

interface SoFar {
  readonly known: Content;
  readonly sha256: Hash;
  readonly signal: AbortSignal;
}

function passedOn({ packed, content, crc }: PartSegment, { known, sha256, signal }: SoFar): Uint8Array {
  signal.throwIfAborted();
  sha256.update(content);
  append(known, { bytes: content.length, crc });
  release(content);
  return packed;
}

/** A large part that is joined, decompressed beside. */
async function* checked(lines: PartLines, { known, sha256, signal }: SoFar): AsyncGenerator<Uint8Array> {
  const content: Content = { bytes: 0, crc: 0 };
  const check = new InflateCheck(sha256);
  try {
    for await (const chunk of joinedPart(lines, content)) {
      signal.throwIfAborted();
      const written = check.write(chunk);
      yield chunk;
      await written;
      check.verify();
    }
    await check.end(content);
  } finally {
    check.close();
  }
  append(known, content);
}

async function* joinedPart({ path, part }: PartLines, known: Content): AsyncGenerator<Uint8Array> {
  for (const member of part.members) {
    yield* joinedMember(path, member);
    append(known, { bytes: member.size, crc: member.crc });
  }
  if (part.endsWithNewline) return;
  yield NEWLINE_BLOCK;
  append(known, NEWLINE_CONTENT);
}
