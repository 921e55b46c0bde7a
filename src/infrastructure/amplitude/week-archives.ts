import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { PenstockError } from '../../domain/errors.js';
import type { ExportWeek } from '../../domain/warehouse-loading/amplitude/iso-week.js';
import {
  type ArchivedFile,
  type ExportedRange,
  exportManifest,
  weekManifest,
} from '../../domain/warehouse-loading/amplitude/week-manifest.js';
import { type JoinedContent, joinedLines } from './joined-lines.js';
import type { OpenedHour } from './opened-hour.js';
import { storedBlocks } from './stored-blocks.js';
import { type EntryData, ZipStream } from './zip-stream.js';

const MANIFEST = 'manifest.json';

/** Bytes of an archive, and at its end what it is. */
export type ArchiveBytes = AsyncGenerator<Uint8Array, ArchivedFile>;

/** The zip of one week, with its lines and its manifest. */
export async function* weekArchive(
  exported: ExportedRange,
  week: ExportWeek,
  hours: readonly OpenedHour[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipStream();
  const name = `${week.name}.ndjson`;
  const lines = noted(joinedLines(hours, signal));
  const { bytes } = yield* zip.entry(name, lines.data, atMostBytes(hours));
  const file = { name, bytes, sha256: lines.sha256() };
  const counts = hours.map((hour) => hour.counts);
  yield* zip.entry(MANIFEST, json(weekManifest(exported, week, counts, file)), 0);
  yield* zip.end();
}

/** A zip with the zip of each week, and a manifest of all. */
export async function* weeksArchive(
  exported: ExportedRange,
  weeks: readonly ExportWeek[],
  hours: readonly OpenedHour[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipStream();
  const archives: ArchivedFile[] = [];
  for (const week of weeks) {
    const own = hours.filter(({ hour }) => hour >= week.first && hour <= week.last);
    const name = `${week.name}.zip`;
    const archive = measured(weekArchive(exported, week, own, signal));
    // Data that follow on one another need an end of their own, which stored data do not have: blocks that store have it.
    const { bytes } = yield* zip.entry(name, storedBlocks(archive.data), atMostBytes(own));
    archives.push({ name, bytes, sha256: archive.sha256() });
  }
  const counts = hours.map((hour) => hour.counts);
  yield* zip.entry(MANIFEST, json(exportManifest(exported, counts, archives)), 0);
  yield* zip.end();
}

/** The bytes as they are, with their SHA-256 at the end. */
export async function* summed(name: string, bytes: AsyncGenerator<Uint8Array>): ArchiveBytes {
  const archive = measured(bytes);
  yield* archive.data;
  return { name, bytes: archive.bytes(), sha256: archive.sha256() };
}

/** @throws PenstockError `export.damaged` for what was found wrong while reading */
export function asDamage(error: unknown): unknown {
  const code = String((error as NodeJS.ErrnoException | undefined)?.code);
  const isDamage = error instanceof RangeError || code === 'ENOENT' || code.startsWith('Z_');
  if (!isDamage) return error;
  const message =
    'Hours of this export were damaged on the disk and have been thrown away; ask again to download them.';
  return new PenstockError('export.damaged', message, { cause: error });
}

function atMostBytes(hours: readonly OpenedHour[]): number {
  return hours.reduce((sum, hour) => sum + hour.atMostBytes, 0);
}

function noted(lines: AsyncGenerator<Uint8Array, JoinedContent>): { data: EntryData; sha256: () => string } {
  let digest = '';
  async function* data(): EntryData {
    const content = yield* lines;
    digest = content.sha256;
    return content;
  }
  return { data: data(), sha256: () => digest };
}

interface Measured {
  readonly data: AsyncGenerator<Uint8Array>;
  readonly sha256: () => string;
  readonly bytes: () => number;
}

function measured(source: AsyncGenerator<Uint8Array>): Measured {
  const hash = createHash('sha256');
  let [bytes, digest] = [0, ''];
  async function* data(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    digest = hash.digest('hex');
  }
  return { data: data(), sha256: () => digest, bytes: () => bytes };
}

async function* json(value: object): EntryData {
  const text = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
  yield deflateRawSync(text);
  return { crc: crc32(text), bytes: text.length };
}
