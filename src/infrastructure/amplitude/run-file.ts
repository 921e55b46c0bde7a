import { open } from 'node:fs/promises';
import { PenstockError } from '../../domain/errors.js';
import { GatheredFile } from './gathered-file.js';
import { type HourRecord, ID_BYTES, type RunRecord, type WrittenRun } from './run-record.js';
import { readAt } from './read-range.js';

/** Of the length of the record, which ends the file. */
const LENGTH_BYTES = 4;
/** Read at once from the end of a file: the record of most runs. */
const TAIL_BYTES = 16 * 1024;
/** A longer record is none: 100,000 parts have less. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** An hour that was written; where its digests lie, the run knows. */
export type WrittenHour = Omit<HourRecord, 'idsStart'>;

/**
 * The file of a run while it is written: the vendor's compressed files behind one another, the digests of all hours, the
 * record as JSON, and its length. One file for many hours, because making files takes longer than filling them.
 */
export class RunFile {
  readonly parts: GatheredFile;
  readonly digests: GatheredFile;
  private readonly hours: HourRecord[] = [];

  /** @param path whoever gives it removes it, and what is put aside next to it */
  constructor(path: string) {
    this.parts = new GatheredFile(path);
    this.digests = new GatheredFile(`${path}.ids`);
  }

  get isEmpty(): boolean {
    return this.hours.length === 0;
  }

  /** Takes an hour that `write` puts at the ends of `parts` and `digests`; nothing of it where that tells of damage. */
  async add(write: () => Promise<WrittenHour | PenstockError>): Promise<void> {
    const [end, idsStart] = [this.parts.length, this.digests.length];
    const hour = await write();
    if (!(hour instanceof PenstockError)) {
      this.hours.push({ ...hour, idsStart });
      return;
    }
    await this.parts.rewind(end);
    await this.digests.rewind(idsStart);
  }

  /** Writes what makes the file a whole one. */
  async finish(fetchedAtMs: number): Promise<WrittenRun> {
    const base = this.parts.length;
    for await (const chunk of this.digests.content()) await this.parts.append(chunk);
    const hours = this.hours.map((hour) => ({ ...hour, idsStart: base + hour.idsStart }));
    const record: RunRecord = { fetchedAtMs, hours };
    const json = Buffer.from(JSON.stringify(record));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(json.length);
    await this.parts.append(json);
    await this.parts.append(length);
    await this.parts.flush();
    return { path: this.parts.path, bytes: this.parts.length, record };
  }

  async close(): Promise<void> {
    await this.parts.close();
    await this.digests.close();
  }
}

/** @returns undefined for a file that is gone, or not whole */
export async function readRun(path: string): Promise<RunRecord | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), size);
    const length = tail.readUInt32LE(tail.length - LENGTH_BYTES);
    const start = size - LENGTH_BYTES - length;
    if (start < 0 || length > MAX_RECORD_BYTES) return undefined;
    const isInTail = length + LENGTH_BYTES <= tail.length;
    const json = isInTail
      ? tail.subarray(-LENGTH_BYTES - length, -LENGTH_BYTES)
      : await readAt(file, start, start + length);
    const record = JSON.parse(json.toString()) as RunRecord;
    const last = record.hours.at(-1);
    return last !== undefined && last.idsStart + last.ids * ID_BYTES === start ? record : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
