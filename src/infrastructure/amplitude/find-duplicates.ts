import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { PenstockError } from '../../domain/errors.js';
import type { DuplicateCounts } from '../../domain/warehouse-loading/amplitude/week-manifest.js';
import { DigestSet } from '../../domain/warehouse-loading/amplitude/digest-set.js';
import { ID_BYTES } from './hour-record.js';
import { IS_INSERT_ID } from './id-writer.js';
import { inOrder } from './in-order.js';
import { readRange } from './read-range.js';

/** Digests looked at together, at most half of the slots of their set (16 MB). */
const SLOTS = 2 ** 20;
/** More digests than one set holds are first put into files of their own, by their first bytes; as many as this. */
const MAX_SHARES = 512;
const SHARE_BUFFER_BYTES = 16_384;
/** A digest in such a file: with the number of its hour behind it. */
const SHARED_BYTES = ID_BYTES + 4;
const WORD_BYTES = 4;
const READ_DIGESTS = 16_384;
const READS_AHEAD = 2;

/** Lines of one hour that an earlier line has made needless. */
export interface DroppedLines {
  /** One bit a line. */
  readonly bits: Uint8Array;
  readonly counts: DuplicateCounts;
}

export interface HourIds {
  /** The file with the digests of the hour, and where they begin; they are in the order of its lines. */
  readonly path: string;
  readonly start: number;
  readonly ids: number;
  /** CRC-32 of the digests. */
  readonly crc: number;
  readonly lines: number;
}

export interface FindOptions {
  /** Where digests are written that do not fit into memory. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Of the set: memory against files. */
  readonly slots?: number;
}

/**
 * Finds the lines that repeat an id of an earlier line, over all hours in order. The digests of one set are compared in
 * memory; where there are more, each of several shares of them is, so that memory stays the same and nothing is missed.
 *
 * @returns by the index of the hour; only hours with dropped lines are there
 * @throws RangeError when digests are not those that were written
 */
export async function findDuplicates(
  hours: readonly HourIds[],
  { folder, signal, slots = SLOTS }: FindOptions,
): Promise<ReadonlyMap<number, DroppedLines>> {
  const found = new Duplicates(hours);
  const total = hours.reduce((sum, { ids }) => sum + ids, 0);
  const set = new DigestSet(Math.min(slots, powerAbove(total * 2)));
  if (total <= slots / 2) {
    for await (const { index, chunk } of digests(hours, signal)) {
      const words = wordsOf(chunk);
      for (let at = 0; at < words.length; at += ID_BYTES / WORD_BYTES) found.look(set, words, { at, index });
    }
    return found.result();
  }
  const shares = await Shares.write(hours, { folder, count: sharesOf(total, slots / 2), signal });
  try {
    for (const chunks of shares.read()) await lookAtShare(found, set, chunks);
    return found.result();
  } finally {
    await shares.remove();
  }
}

async function lookAtShare(found: Duplicates, set: DigestSet, chunks: AsyncIterable<Buffer>): Promise<void> {
  set.clear();
  for await (const chunk of chunks) {
    const words = wordsOf(chunk);
    for (let at = 0; at < words.length; at += SHARED_BYTES / WORD_BYTES) {
      found.look(set, words, { at, index: words[at + ID_BYTES / WORD_BYTES] ?? 0 });
    }
  }
}

/** As the machine has them, which is how they were written. Memory for what is read begins with a word. */
function wordsOf(chunk: Buffer): Uint32Array {
  return new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.length / WORD_BYTES);
}

/** Shares are of about the same size; the set has room for those that are larger. */
function sharesOf(total: number, digestsAtOnce: number): number {
  const needed = Math.ceil(total / digestsAtOnce);
  if (needed <= MAX_SHARES) return needed;
  throw new PenstockError(
    'export.too-large',
    `There are ${total} ids, too many to compare; ask for fewer days at once.`,
  );
}

function powerAbove(number: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2(number + 1)));
}

class Duplicates {
  private readonly byUuid = new Map<number, Uint8Array>();
  private readonly byInsertId = new Map<number, Uint8Array>();

  constructor(private readonly hours: readonly HourIds[]) {}

  look(set: DigestSet, words: Uint32Array, { at, index }: { at: number; index: number }): void {
    if (set.add(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0)) return;
    const lineAndKind = words[at + 4] ?? 0;
    const line = Math.floor(lineAndKind / 2);
    const bits = this.bitsOf(lineAndKind % 2 === IS_INSERT_ID ? this.byInsertId : this.byUuid, index);
    bits[line >>> 3] = (bits[line >>> 3] ?? 0) | (1 << (line & 7));
  }

  result(): ReadonlyMap<number, DroppedLines> {
    const indexes = new Set([...this.byUuid.keys(), ...this.byInsertId.keys()]);
    return new Map([...indexes].map((index) => [index, this.droppedOf(index)]));
  }

  /** A line that both of its ids tell counts as told by its uuid. */
  private droppedOf(index: number): DroppedLines {
    const [byUuid, byInsertId] = [this.bitsOf(this.byUuid, index), this.bitsOf(this.byInsertId, index)];
    const bits = byUuid.map((byte, at) => byte | (byInsertId[at] ?? 0));
    const uuid = ones(byUuid);
    return { bits, counts: { uuid, insertId: ones(bits) - uuid } };
  }

  private bitsOf(kind: Map<number, Uint8Array>, index: number): Uint8Array {
    const bits = kind.get(index) ?? new Uint8Array(Math.ceil((this.hours[index]?.lines ?? 0) / 8));
    kind.set(index, bits);
    return bits;
  }
}

function ones(bits: Uint8Array): number {
  let count = 0;
  for (const byte of bits) for (let rest = byte; rest > 0; rest &= rest - 1) count += 1;
  return count;
}

/** Digests of an hour, all or some of them. */
interface Digests {
  readonly index: number;
  readonly chunk: Buffer;
}

/** Those of all hours in order. The ones of an hour are compared with their CRC before the next ones come. */
async function* digests(hours: readonly HourIds[], signal: AbortSignal): AsyncGenerator<Digests> {
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

interface Within {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

async function* readChunks({ path, start, end }: Within, recordBytes: number): AsyncGenerator<Buffer> {
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

/** Digests, spread over files by themselves: equal ones are in the same file, in their order. */
class Shares {
  private constructor(
    private readonly folder: string,
    private readonly files: readonly Within[],
  ) {}

  static async write(
    hours: readonly HourIds[],
    { folder, count, signal }: { folder: string; count: number; signal: AbortSignal },
  ): Promise<Shares> {
    const own = await mkdtemp(join(folder, 'shares-'));
    const paths = Array.from({ length: count }, (_, share) => join(own, String(share)));
    const writers = await Promise.all(paths.map(async (path) => new ShareWriter(await open(path, 'w'))));
    try {
      for await (const { index, chunk } of digests(hours, signal)) {
        await spread(chunk, index, writers);
      }
      for (const writer of writers) await writer.flush();
    } catch (error) {
      await rm(own, { recursive: true, force: true });
      throw error;
    } finally {
      for (const writer of writers) await writer.close();
    }
    return new Shares(
      own,
      writers.map(({ written }, share) => ({ path: paths[share] ?? '', start: 0, end: written })),
    );
  }

  read(): AsyncGenerator<Buffer>[] {
    return this.files.map((file) => readChunks(file, SHARED_BYTES));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function spread(chunk: Buffer, index: number, writers: readonly ShareWriter[]): Promise<void> {
  for (let at = 0; at < chunk.length; at += ID_BYTES) {
    const writer = writers[chunk.readUInt32BE(at) % writers.length];
    if (writer?.add(chunk, at, index) === true) await writer.flush();
  }
}

class ShareWriter {
  written = 0;
  private readonly buffer = Buffer.allocUnsafe(SHARE_BUFFER_BYTES - (SHARE_BUFFER_BYTES % SHARED_BYTES));
  private used = 0;

  constructor(private readonly file: FileHandle) {}

  /** @returns whether it must be flushed before the next one */
  add(chunk: Buffer, at: number, index: number): boolean {
    chunk.copy(this.buffer, this.used, at, at + ID_BYTES);
    this.buffer.writeUInt32LE(index, this.used + ID_BYTES);
    this.used += SHARED_BYTES;
    return this.used === this.buffer.length;
  }

  async flush(): Promise<void> {
    await this.file.writeFile(this.buffer.subarray(0, this.used));
    this.written += this.used;
    this.used = 0;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
