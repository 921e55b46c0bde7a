import { type FileHandle, open } from 'node:fs/promises';
import { type HourRecord, idsOf } from './hour-record.js';
import { readAt } from './read-range.js';

/** What is gathered before it is written: most hours are written in one go. */
const GATHERED_BYTES = 1024 * 1024;
/** Of the length of the record, which ends the file. */
const LENGTH_BYTES = 4;
/** Read at once from the end of a file: the record of all but hours of many parts. */
const TAIL_BYTES = 4096;
/** A longer record is none: 100,000 parts have less. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/**
 * The file of one hour while it is written: the vendor's compressed files behind one another, digests of ids, the record as
 * JSON, and its length. One file instead of several, because on small hours making files takes longer than filling them.
 */
export class HourFile {
  length = 0;
  private gathered: Uint8Array[] = [];
  private gatheredBytes = 0;

  private constructor(private readonly file: FileHandle) {}

  static async create(path: string): Promise<HourFile> {
    return new HourFile(await open(path, 'wx'));
  }

  /** @param bytes are held on to for a while: they must not be changed */
  async append(bytes: Uint8Array): Promise<void> {
    this.gathered.push(bytes);
    this.gatheredBytes += bytes.length;
    this.length += bytes.length;
    if (this.gatheredBytes >= GATHERED_BYTES) await this.flush();
  }

  /** Writes what makes the file a whole one. */
  async finish(record: HourRecord): Promise<void> {
    const json = Buffer.from(JSON.stringify(record));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(json.length);
    this.gathered.push(json, length);
    await this.flush();
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.gathered);
    this.gathered = [];
    this.gatheredBytes = 0;
    // Goes on where a full disk took only some of the bytes, and fails.
    await this.file.writeFile(bytes);
  }
}

/** @returns undefined for a file that is gone, or not whole */
export async function readRecord(path: string): Promise<HourRecord | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), size);
    const length = tail.readUInt32LE(tail.length - LENGTH_BYTES);
    const start = size - LENGTH_BYTES - length;
    if (start < 0 || length > MAX_RECORD_BYTES) return undefined;
    const json = await (length + LENGTH_BYTES <= tail.length
      ? tail.subarray(-LENGTH_BYTES - length, -LENGTH_BYTES)
      : readAt(file, start, start + length));
    const record = JSON.parse(json.toString()) as HourRecord;
    return idsOf(record).end === start ? record : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
