import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { PenstockError } from '../../domain/errors.js';
import type { ExportHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { compareEntryNames, holdsEvents, hourOfEntry } from '../../domain/warehouse-loading/amplitude/part-name.js';
import type { ExportWindow } from '../../domain/warehouse-loading/amplitude/window-plan.js';

/** More files than this are no answer to one window: its list would not fit into memory. */
const MAX_ENTRIES = 100_000;

/** The vendor's archive of a window, come to its end: a zip is read from there. */
export class AnswerZip {
  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: readonly Entry[],
  ) {}

  /**
   * @param at its content, or the path of its file
   * @throws PenstockError `vendor.broken` when it is no zip, or not all of one
   */
  static async open(at: Buffer | string): Promise<AnswerZip> {
    const options = { autoClose: false };
    const zip = await (typeof at === 'string' ? openPromise(at, options) : fromBufferPromise(at, options)).catch(
      broken,
    );
    try {
      const entries: Entry[] = [];
      for await (const entry of zip.eachEntry()) {
        if (entries.length >= MAX_ENTRIES) throw new RangeError('too many entries');
        if (holdsEvents(entry.fileName)) entries.push(entry);
      }
      return new AnswerZip(
        zip,
        entries.sort((a, b) => compareEntryNames(a.fileName, b.fileName)),
      );
    } catch (error) {
      zip.close();
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
    const pieces: Uint8Array[] = [];
    for await (const piece of this.read(entry)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** @throws PenstockError `vendor.broken` at the end, when length or CRC are not those of the list */
  async *read(entry: Entry): AsyncGenerator<Uint8Array> {
    const stream: Readable = await this.zip.openReadStreamPromise(entry).catch(broken);
    let crc = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        crc = crc32(chunk, crc);
        yield chunk;
      }
    } catch (error) {
      broken(error);
    }
    if (crc !== entry.crc32) broken(new RangeError('CRC-32'));
  }

  close(): void {
    this.zip.close();
  }
}

function broken(cause: unknown): never {
  throw new PenstockError('vendor.broken', 'The archive from Amplitude is damaged or cut off.', { cause });
}
