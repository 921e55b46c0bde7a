import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { inOrder } from './in-order.js';
import { readRange } from './read-range.js';
import { ID_BYTES } from './run-record.js';

const READ_DIGESTS = 16_384;
const READS_AHEAD = 2;

export interface HourIds {
  /** The file with the digests of the hour, and where they begin; they are in the order of its lines. */
  readonly path: string;
  readonly start: number;
  readonly ids: number;
  /** CRC-32 of the digests. */
  readonly crc: number;
  readonly lines: number;
}

/** Digests of an hour, all or some of them. */
export interface Digests {
  readonly index: number;
  readonly chunk: Buffer;
}

/** Those of all hours in order. The ones of an hour are compared with their CRC before the next ones come. */
export async function* digests(hours: readonly HourIds[], signal: AbortSignal): AsyncGenerator<Digests> {
  let [current, crc] = [0, 0];
  for await (const { index, chunk } of unchecked(hours, signal)) {
    if (index !== current) {
      requireRight(hours[current], crc);
      [current, crc] = [index, 0];
    }
    crc = crc32(chunk, crc);
    yield { index, chunk };
  }
  requireRight(hours[current], crc);
}

function requireRight(hour: HourIds | undefined, crc: number): void {
  if (hour !== undefined && hour.crc !== crc) throw new RangeError('Digests were damaged.');
}

/** Those of small hours are read in advance, and together where they lie together. */
async function* unchecked(hours: readonly HourIds[], signal: AbortSignal): AsyncGenerator<Digests> {
  const begin = async (group: HourGroup) => ({
    group,
    whole: group.ids <= READ_DIGESTS ? await readRange(group.path, group.start, group.end) : undefined,
  });
  for await (const { group, whole } of inOrder(grouped(hours), READS_AHEAD, begin)) {
    signal.throwIfAborted();
    if (whole === undefined) for await (const chunk of readChunks(group, ID_BYTES)) yield { index: group.first, chunk };
    else yield* sliced(whole, group, hours);
  }
}

interface HourGroup extends Within {
  /** Index of its first hour. */
  readonly first: number;
  readonly ids: number;
}

function grouped(hours: readonly HourIds[]): HourGroup[] {
  const groups: HourGroup[] = [];
  for (const [index, { path, start, ids }] of hours.entries()) {
    const [last, end] = [groups.at(-1), start + ids * ID_BYTES];
    const isNext = last !== undefined && last.path === path && last.end === start;
    if (isNext && last.ids + ids <= READ_DIGESTS) groups.splice(-1, 1, { ...last, end, ids: last.ids + ids });
    else if (ids > 0) groups.push({ path, start, end, first: index, ids });
  }
  return groups;
}

function* sliced(whole: Buffer, { first, start, end }: HourGroup, hours: readonly HourIds[]): Generator<Digests> {
  for (let [index, at] = [first, start]; at < end; index += 1) {
    const bytes = (hours[index]?.ids ?? 0) * ID_BYTES;
    if (bytes > 0) yield { index, chunk: whole.subarray(at - start, at - start + bytes) };
    at += bytes;
  }
}

/** Bytes of a file. */
export interface Within {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** In pieces of whole records; each is lent until the next one. */
export async function* readChunks({ path, start, end }: Within, recordBytes: number): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(READ_DIGESTS * recordBytes);
    for (let at = start; at < end; at += buffer.length) {
      const length = Math.min(buffer.length, end - at);
      const { bytesRead } = await file.read(buffer, 0, length, at);
      if (bytesRead < length) throw new RangeError('A file of digests is cut off.');
      yield buffer.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}
