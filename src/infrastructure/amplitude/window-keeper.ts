import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Entry } from 'yauzl';
import { PenstockError } from '../../domain/errors.js';
import { type ExportHour, hourText } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { AnswerZip } from './answer-zip.js';
import { EVENTS_FILE, IDS_FILE, type PartRecord, type WrittenHour } from './hour-record.js';
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

/** Writes the files of one hour of an archive, and what is known of them, into a new folder. */
export async function writeHour(
  zip: AnswerZip,
  entries: readonly Entry[],
  target: { readonly folder: string; readonly hour: ExportHour; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<WrittenHour> {
  if (entries.length === 0) return writeEmptyHour(target.folder, target.hour, target.nowMs);
  const path = join(target.folder, hourText(target.hour));
  await mkdir(path);
  const events = await open(join(path, EVENTS_FILE), 'w');
  const idsFile = await open(join(path, IDS_FILE), 'w');
  try {
    const ids = new IdWriter(idsFile);
    const parts: PartRecord[] = [];
    for (const entry of entries) {
      target.signal.throwIfAborted();
      const start = parts.at(-1)?.end ?? 0;
      parts.push(
        await writePart(zip.read(entry), { file: events, start, packedCrc: entry.crc32, ids, signal: target.signal }),
      );
    }
    await ids.finish();
    const { lines, unidentified, unreadable, written } = ids;
    return { path, record: { fetchedAtMs: target.nowMs, lines, unidentified, unreadable, ids: written, parts } };
  } catch (error) {
    throw isDiskFull(error) ? noSpace('The disk of PENSTOCK_HOME is full.', error) : error;
  } finally {
    await events.close();
    await idsFile.close();
  }
}

/** An hour without events is a finished one as well. */
export async function writeEmptyHour(folder: string, hour: ExportHour, fetchedAtMs: number): Promise<WrittenHour> {
  const path = join(folder, hourText(hour));
  await mkdir(path);
  return { path, record: { fetchedAtMs, lines: 0, unidentified: 0, unreadable: 0, ids: 0, parts: [] } };
}

export function noSpace(message: string, cause?: unknown): PenstockError {
  return new PenstockError('export.no-space', message, { cause });
}

function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
