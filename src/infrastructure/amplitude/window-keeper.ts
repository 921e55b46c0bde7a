import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry } from 'yauzl';
import { PenstockError } from '../../domain/errors.js';
import { type ExportHour, hourText } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { AnswerZip } from './answer-zip.js';
import { HourFile } from './hour-file.js';
import type { HourRecord, PartRecord, WrittenHour } from './hour-record.js';
import { IdWriter } from './id-writer.js';
import { writePart } from './part-writer.js';
import { wholeOrFlowing } from './whole-or-flowing.js';

/** An answer up to this size is not written to the disk before its hours are. */
const ANSWER_IN_MEMORY_BYTES = 4 * 1024 * 1024;

/** An answer that has come to its end. */
export interface SpooledAnswer {
  readonly bytes: number;
  /** Its content, or the file that has it. */
  readonly at: Buffer | string;
}

/** Takes what comes, no more than may be: in memory what is small, in a file what is not. */
export async function spoolAnswer(
  archive: AsyncIterable<Uint8Array>,
  path: string,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<SpooledAnswer> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of archive) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw noSpace(`An archive from Amplitude is larger than the ${maxBytes} bytes it may have.`);
      yield chunk;
    }
  };
  try {
    const source = Readable.from(counted(), { objectMode: false, signal });
    const come = await wholeOrFlowing(source, ANSWER_IN_MEMORY_BYTES);
    if ('whole' in come) return { bytes, at: come.whole };
    await pipeline(come.flowing, createWriteStream(path), { signal });
    return { bytes, at: path };
  } catch (error) {
    throw isDiskFull(error) ? noSpace('The disk of PENSTOCK_HOME is full.', error) : error;
  }
}

/** Writes one hour of an archive, and what is known of it, into a new file. */
export async function writeHour(
  zip: AnswerZip,
  entries: readonly Entry[],
  target: { readonly folder: string; readonly hour: ExportHour; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<WrittenHour> {
  if (entries.length === 0) return writeEmptyHour(target.folder, target.hour, target.nowMs);
  const path = join(target.folder, hourText(target.hour));
  const file = await HourFile.create(path);
  const ids = new IdWriter(`${path}.ids`);
  try {
    const parts: PartRecord[] = [];
    for (const entry of entries) {
      target.signal.throwIfAborted();
      const { signal } = target;
      parts.push(await writePart(zip.read(entry), { file, packedCrc: entry.crc32, ids, signal }));
    }
    await ids.finish(file);
    const { lines, unidentified, unreadable, written } = ids;
    const record = { fetchedAtMs: target.nowMs, lines, unidentified, unreadable, ids: written, parts };
    await file.finish(record);
    return { path, record };
  } catch (error) {
    throw isDiskFull(error) ? noSpace('The disk of PENSTOCK_HOME is full.', error) : error;
  } finally {
    await file.close();
    await ids.close();
  }
}

/** An hour without events is a finished one as well. */
export async function writeEmptyHour(folder: string, hour: ExportHour, fetchedAtMs: number): Promise<WrittenHour> {
  const path = join(folder, hourText(hour));
  const file = await HourFile.create(path);
  const record: HourRecord = { fetchedAtMs, lines: 0, unidentified: 0, unreadable: 0, ids: 0, parts: [] };
  try {
    await file.finish(record);
    return { path, record };
  } catch (error) {
    throw isDiskFull(error) ? noSpace('The disk of PENSTOCK_HOME is full.', error) : error;
  } finally {
    await file.close();
  }
}

export function noSpace(message: string, cause?: unknown): PenstockError {
  return new PenstockError('export.no-space', message, { cause });
}

function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
