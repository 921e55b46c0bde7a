import { constants, createGunzip, type Gunzip } from 'node:zlib';
import type { Entry } from 'yauzl';
import { PenstockError } from '../../domain/errors.js';
import type { AnswerZip } from './answer-zip.js';
import { gunzipAtOnce, isDamage, PACKED_AT_ONCE_BYTES, release, releaseLast, saysAtOnce } from './at-once.js';
import { GzipWalker } from './gzip-walker.js';
import type { GatheredFile } from './gathered-file.js';
import type { PartRecord } from './run-record.js';
import type { IdWriter } from './id-writer.js';
import { LineSplitter } from './line-splitter.js';
import { ZlibFeed } from './zlib-feed.js';

const NEWLINE = 0x0a;
/** Large, because each piece that comes out is a turn of Node's threads. */
const CHUNK_BYTES = 512 * 1024;
const TWO_TO_32 = 2 ** 32;

/** Where parts are written: behind what their file has. */
export interface PartTarget {
  readonly file: GatheredFile;
  readonly ids: IdWriter;
  readonly signal: AbortSignal;
}

/** A compressed file of an answer, read and decompressed before it is its turn where it is small. */
export interface BegunPart {
  readonly entry: Entry;
  readonly small?: SmallPart;
}

interface SmallPart {
  readonly packed: Buffer;
  readonly walker: GzipWalker;
  readonly content: Buffer;
}

/** @throws PenstockError `vendor.broken` when a small one is not right */
export async function beginPart(zip: AnswerZip, entry: Entry): Promise<BegunPart> {
  // What is longer than its list says, reading it refuses.
  if (Math.max(entry.uncompressedSize, entry.compressedSize) > PACKED_AT_ONCE_BYTES) return { entry };
  try {
    const packed = await zip.readWhole(entry);
    if (packed.length === 0) throw empty();
    if (!saysAtOnce(packed)) return { entry };
    const inflating = gunzipAtOnce(packed);
    const walker = walked(packed);
    const content = await inflating;
    return content === undefined ? { entry } : { entry, small: { packed, walker, content } };
  } catch (error) {
    throw isDamage(error) ? damaged(error) : error;
  }
}

/**
 * Writes one compressed file behind the others and decompresses it, which checks it, to see its lines: in one go where it
 * is small, in pieces where it is not.
 *
 * @throws PenstockError `vendor.broken` when its CRC, its length or its end is not right
 */
export async function writePart(zip: AnswerZip, { entry, small }: BegunPart, target: PartTarget): Promise<PartRecord> {
  try {
    const written = small ? await writeAtOnce(small, target) : await writeInPieces(zip.read(entry), target);
    return { packedCrc: entry.crc32, ...written };
  } catch (error) {
    throw isDamage(error) ? damaged(error) : error;
  }
}

type WrittenPart = Omit<PartRecord, 'packedCrc'>;

async function writeAtOnce({ packed, walker, content }: SmallPart, target: PartTarget): Promise<WrittenPart> {
  const lines = visited(content, target.ids);
  await target.ids.drain();
  const told = { bytes: content.length, lines, endsWithNewline: (content.at(-1) ?? NEWLINE) === NEWLINE };
  release(content);
  const start = target.file.length;
  await target.file.append(packed);
  release(packed);
  return recordOf(target, walker, { start, ...told });
}

function walked(packed: Uint8Array): GzipWalker {
  const walker = new GzipWalker();
  walker.feed(packed);
  walker.finish();
  return walker;
}

/** @returns how many lines there were */
function visited(content: Uint8Array, ids: IdWriter): number {
  const before = ids.lines;
  const splitter = new LineSplitter(ids.visit);
  splitter.feed(content);
  splitter.finish();
  return ids.lines - before;
}

async function writeInPieces(source: AsyncIterable<Buffer>, target: PartTarget): Promise<WrittenPart> {
  const content = new PartContent(target.ids);
  const walker = new GzipWalker();
  const start = target.file.length;
  try {
    for await (const chunk of source) {
      target.signal.throwIfAborted();
      const taken = Promise.all([target.file.append(chunk), content.write(chunk)]);
      walker.feed(chunk);
      await taken;
      await target.ids.drain();
      releaseLast(chunk);
    }
    await content.end();
  } finally {
    content.close();
  }
  walker.finish();
  return recordOf(target, walker, { start, ...content.told() });
}

interface PartContentTold {
  readonly bytes: number;
  readonly lines: number;
  readonly endsWithNewline: boolean;
}

function recordOf(
  { file }: PartTarget,
  walker: GzipWalker,
  { start, ...content }: PartContentTold & { readonly start: number },
): WrittenPart {
  const members = joinable(walker, content.bytes, start);
  return { start, end: file.length, ...content, members };
}

/** Lengths are told modulo 2^32: beyond that, nothing says how long each of several members is. */
function joinable(walker: GzipWalker, bytes: number, base: number): PartRecord['members'] {
  const sum = walker.members.reduce((total, { size }) => total + size, 0);
  if (walker.isLost || sum !== bytes || bytes >= TWO_TO_32) return [];
  return walker.members.map(({ start, lastBlockBit, endBit, ...rest }) => ({
    start: start + base,
    lastBlockBit: lastBlockBit + base * 8,
    endBit: endBit + base * 8,
    ...rest,
  }));
}

class PartContent {
  bytes = 0;
  private last = NEWLINE;
  private readonly linesBefore: number;
  private readonly gunzip: Gunzip;
  private readonly feed: ZlibFeed;
  private readonly splitter: LineSplitter;

  constructor(private readonly ids: IdWriter) {
    this.linesBefore = ids.lines;
    this.splitter = new LineSplitter(ids.visit);
    this.gunzip = createGunzip({ chunkSize: CHUNK_BYTES, finishFlush: constants.Z_FINISH });
    // Afterwards: the next piece is decompressed meanwhile.
    this.gunzip.on('data', (piece: Buffer) => queueMicrotask(() => this.take(piece)));
    this.feed = new ZlibFeed(this.gunzip);
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.feed.write(chunk);
    this.check();
  }

  async end(): Promise<void> {
    await this.feed.end();
    this.check();
    this.splitter.finish();
  }

  close(): void {
    this.gunzip.destroy();
  }

  told(): PartContentTold {
    const { bytes, last, ids } = this;
    return { bytes, lines: ids.lines - this.linesBefore, endsWithNewline: last === NEWLINE };
  }

  private take(piece: Buffer): void {
    if (this.feed.failure !== undefined) return;
    this.bytes += piece.length;
    this.last = piece.at(-1) ?? this.last;
    try {
      this.splitter.feed(piece);
    } catch (error) {
      this.feed.fail(error);
    }
    releaseLast(piece);
  }

  private check(): void {
    const { failure } = this.feed;
    if (failure !== undefined) throw failure;
  }
}

function empty(): PenstockError {
  return new PenstockError('vendor.broken', 'A compressed file from Amplitude is empty.');
}

function damaged(cause: unknown): PenstockError {
  return new PenstockError('vendor.broken', 'A compressed file from Amplitude is damaged or cut off.', { cause });
}
