import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw } from 'node:zlib';
import { type Entry, fromBufferPromise, fromFdPromise, type ZipFile } from 'yauzl';
import { PenstockError } from '../../domain/errors.js';
import type { ExportHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { compareEntryNames, holdsEvents, hourOfEntry } from '../../domain/warehouse-loading/amplitude/part-name.js';
import type { ExportWindow } from '../../domain/warehouse-loading/amplitude/window-plan.js';
import type { Content } from './content.js';
import { inOrder } from './in-order.js';
import { readAt } from './read-range.js';

/** More files than this are no answer to one window: its list would not fit into memory. */
const MAX_ENTRIES = 100_000;
/** Large, because each piece is a turn of Node's threads. */
const PIECE_BYTES = 256 * 1024;
const PIECES_AHEAD = 1;
/** APPNOTE.TXT 4.4.5: the methods there are for files in archives of Amplitude. */
const STORED = 0;
const DEFLATED = 8;

/** The vendor's archive of a window, come to its end: a zip is read from there. */
export class AnswerZip {
  private constructor(
    private readonly zip: ZipFile,
    private readonly bytes: Buffer | FileHandle,
    private readonly entries: readonly Entry[],
  ) {}

  /**
   * @param at its content, or the path of its file
   * @throws PenstockError `vendor.broken` when it is no zip, or not all of one
   */
  static async open(at: Buffer | string): Promise<AnswerZip> {
    const bytes = typeof at === 'string' ? await open(at) : at;
    try {
      const options = { autoClose: false };
      const zip = await (Buffer.isBuffer(bytes) ? fromBufferPromise(bytes, options) : fromFdPromise(bytes.fd, options));
      const entries: Entry[] = [];
      for await (const entry of zip.eachEntry()) {
        if (entries.length >= MAX_ENTRIES) throw new RangeError('too many entries');
        if (holdsEvents(entry.fileName)) entries.push(entry);
      }
      entries.sort((a, b) => compareEntryNames(a.fileName, b.fileName));
      return new AnswerZip(zip, bytes, entries);
    } catch (error) {
      if (!Buffer.isBuffer(bytes)) await bytes.close();
      return broken(error);
    }
  }

  /** The files of each hour of the window, in order; undefined when the hour of one of them cannot be told. */
  byHour(window: ExportWindow): ReadonlyMap<ExportHour, readonly Entry[]> | undefined {
    const hours = new Map<ExportHour, Entry[]>();
    for (let hour = window.first; hour <= window.last; hour += 1) hours.set(hour, []);
    for (const entry of this.entries) {
      const hour = hourOfEntry(entry.fileName, window);
      if (hour === undefined) return undefined;
      hours.get(hour)?.push(entry);
    }
    return hours;
  }

  /** A small file, as a whole. @throws PenstockError `vendor.broken` when length or CRC are not those of the list */
  async readWhole(entry: Entry): Promise<Buffer> {
    try {
      const stored = await this.bytesAt(await this.placeOf(entry));
      const maxOutputLength = Math.max(1, entry.uncompressedSize);
      const content = isDeflated(entry) ? await promisify(inflateRaw)(stored, { maxOutputLength }) : stored;
      requireListed(entry, { bytes: content.length, crc: crc32(content) });
      return content;
    } catch (error) {
      return broken(error);
    }
  }

  /** @throws PenstockError `vendor.broken` at the end, when length or CRC are not those of the list */
  async *read(entry: Entry): AsyncGenerator<Buffer> {
    let [bytes, crc] = [0, 0];
    const pieces = this.pieces(await this.placeOf(entry).catch(broken));
    try {
      for await (const piece of isDeflated(entry) ? inflated(pieces) : pieces) {
        bytes += piece.length;
        if (bytes > entry.uncompressedSize) break;
        crc = crc32(piece, crc);
        yield piece;
      }
      requireListed(entry, { bytes, crc });
    } catch (error) {
      broken(error);
    }
  }

  /** What yauzl has is the descriptor alone, which it would close as well. */
  async close(): Promise<void> {
    if (!Buffer.isBuffer(this.bytes)) await this.bytes.close();
  }

  private async placeOf(entry: Entry): Promise<Place> {
    const isKnown = entry.compressionMethod === STORED || isDeflated(entry);
    if (!isKnown || entry.isEncrypted()) throw new RangeError('unknown compression');
    const { fileDataStart: start } = await this.zip.readLocalFileHeaderPromise(entry, { minimal: true });
    return { start, end: start + entry.compressedSize };
  }

  /** As they are in the archive. */
  private pieces({ start, end }: Place): AsyncGenerator<Buffer> {
    const count = Math.ceil((end - start) / PIECE_BYTES);
    const places = Array.from({ length: count }, (_, index) => start + index * PIECE_BYTES);
    return inOrder(places, PIECES_AHEAD, (from) =>
      this.bytesAt({ start: from, end: Math.min(end, from + PIECE_BYTES) }),
    );
  }

  /** Of their own, which whoever uses them may give back. */
  private async bytesAt({ start, end }: Place): Promise<Buffer> {
    const { bytes } = this;
    return Buffer.isBuffer(bytes) ? Buffer.from(bytes.subarray(start, end)) : readAt(bytes, start, end);
  }
}

/** Of bytes in the archive. */
interface Place {
  readonly start: number;
  readonly end: number;
}

function isDeflated({ compressionMethod }: Entry): boolean {
  return compressionMethod === DEFLATED;
}

function inflated(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  // Whoever reads what comes out is told of what goes wrong.
  return pipeline(pieces, createInflateRaw({ chunkSize: PIECE_BYTES }), () => undefined);
}

function requireListed(entry: Entry, { bytes, crc }: Content): void {
  if (bytes !== entry.uncompressedSize || crc !== entry.crc32) throw new RangeError('Not what its list says.');
}

function broken(cause: unknown): never {
  throw new PenstockError('vendor.broken', 'The archive from Amplitude is damaged or cut off.', { cause });
}
