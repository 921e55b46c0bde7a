import type { FileHandle } from 'node:fs/promises';
import { constants, createGunzip, type Gunzip } from 'node:zlib';
import { PenstockError } from '../../domain/errors.js';
import { GzipWalker } from './gzip-walker.js';
import type { PartRecord } from './hour-record.js';
import type { IdWriter } from './id-writer.js';
import { LineSplitter } from './line-splitter.js';
import { ZlibFeed } from './zlib-feed.js';

const NEWLINE = 0x0a;
/** Large, because each piece that comes out is a turn of Node's threads. */
const CHUNK_BYTES = 512 * 1024;
const TWO_TO_32 = 2 ** 32;

/**
 * Writes one compressed file behind the others of its hour while decompressing it, which checks it, to see its lines.
 *
 * @throws PenstockError `vendor.broken` when its CRC, its length or its end is not right
 */
export async function writePart(
  source: AsyncIterable<Uint8Array>,
  target: { readonly file: FileHandle; readonly start: number; readonly packedCrc: number; readonly ids: IdWriter },
): Promise<PartRecord> {
  const content = new PartContent(target.ids);
  const walker = new GzipWalker();
  let end = target.start;
  try {
    for await (const chunk of source) {
      walker.feed(chunk);
      await Promise.all([target.file.write(chunk), content.write(chunk)]);
      end += chunk.length;
      await target.ids.drain();
    }
    await content.end();
  } finally {
    content.close();
  }
  walker.finish();
  if (end === target.start) throw new PenstockError('vendor.broken', 'A compressed file from Amplitude is empty.');
  const { start, packedCrc } = target;
  return { start, end, packedCrc, ...content.record(), members: joinable(walker, content.bytes, target.start) };
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
    this.gunzip.on('data', (piece: Buffer) => this.take(piece));
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

  record(): Pick<PartRecord, 'bytes' | 'lines' | 'endsWithNewline'> {
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
  }

  private check(): void {
    const { failure } = this.feed;
    if (failure === undefined) return;
    if (failure instanceof PenstockError) throw failure;
    const message = 'A compressed file from Amplitude is damaged or cut off.';
    throw new PenstockError('vendor.broken', message, { cause: failure });
  }
}
