import { crc32 } from 'node:zlib';
import { crc32Combine } from './crc32-combine.js';
import { type Content, deflatedSegment } from './deflated-segment.js';
import { InflateCheck } from './inflate-check.js';
import { joinedMember, LAST_BLOCK, NEWLINE_BLOCK } from './joined-deflate.js';
import { hasDropped, keptLines } from './kept-lines.js';
import type { OpenedHour, OpenedPart } from './opened-hour.js';

const NEWLINE_CRC = crc32('\n');

/** What a joined stream says, when it is over. */
export interface JoinedContent extends Content {
  readonly sha256: string;
}

/**
 * The lines of hours as one deflate stream. Files without a dropped line are joined as they came, the others compressed
 * again. All that is passed on is decompressed beside, and compared with what is known of its parts.
 *
 * @throws RangeError when something on the disk, or a join, is not what it should be
 */
export async function* joinedLines(
  hours: readonly OpenedHour[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, JoinedContent> {
  const check = new InflateCheck();
  const known: Content = { bytes: 0, crc: 0 };
  try {
    for await (const chunk of segments(hours, known)) {
      signal.throwIfAborted();
      const checked = check.write(chunk);
      yield chunk;
      await checked;
      check.verify();
    }
    await check.write(LAST_BLOCK);
    const sha256 = await check.end();
    if (check.bytes !== known.bytes || check.crc !== known.crc)
      throw new RangeError('What was joined is not its parts.');
    yield LAST_BLOCK;
    return { ...known, sha256 };
  } finally {
    check.close();
  }
}

async function* segments(hours: readonly OpenedHour[], known: Content): AsyncGenerator<Uint8Array> {
  for (const hour of hours) {
    for (const part of hour.parts()) {
      const isJoinable = part.record.members.length > 0;
      const isWhole = !hasDropped(hour.droppedBits, part.firstLine, part.record.lines);
      yield* isJoinable && isWhole ? joinedPart(hour, part, known) : deflatedPart(hour, part, known);
    }
  }
}

async function* joinedPart(hour: OpenedHour, { record }: OpenedPart, known: Content): AsyncGenerator<Uint8Array> {
  for (const member of record.members) {
    yield* joinedMember(hour.path, member);
    append(known, { bytes: member.size, crc: member.crc });
  }
  if (record.endsWithNewline) return;
  yield NEWLINE_BLOCK;
  append(known, { bytes: 1, crc: NEWLINE_CRC });
}

async function* deflatedPart(hour: OpenedHour, part: OpenedPart, known: Content): AsyncGenerator<Uint8Array> {
  const content: Content = { bytes: 0, crc: 0 };
  const lines = keptLines(hour.path, part.record, { firstLine: part.firstLine, bits: hour.droppedBits });
  yield* deflatedSegment(lines, content);
  append(known, content);
}

function append(known: Content, { bytes, crc }: Content): void {
  known.crc = crc32Combine(known.crc, crc, bytes);
  known.bytes += bytes;
}
